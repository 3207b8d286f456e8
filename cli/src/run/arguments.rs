//! The command line of `hatchery run`, and the program that it names.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::time::Duration;

use hatchery::Mount;

/// A program and its arguments come last: what follows FILE, CODE or MODULE is `sys.argv`, and no option of hatchery's.
#[derive(clap::Args)]
#[command(override_usage = "hatchery run [OPTIONS] [FILE [ARGS]...]\n       \
    hatchery run [OPTIONS] -c CODE [ARGS]...\n       \
    hatchery run [OPTIONS] -m MODULE [ARGS]...")]
pub(crate) struct RunArguments {
    /// The program, and its arguments; `-`, or nothing at all, for a program from standard input
    #[arg(
        value_names = ["FILE", "ARGS"],
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    file: Vec<String>,

    /// The program itself, and its arguments
    #[arg(
        short = 'c',
        value_names = ["CODE", "ARGS"],
        num_args = 1..,
        allow_hyphen_values = true
    )]
    code: Vec<String>,

    /// A module to run as the program, and its arguments: one of the standard library, or below a mounted `/work`
    #[arg(short = 'm', value_names = ["MODULE", "ARGS"], num_args = 1.., allow_hyphen_values = true)]
    module: Vec<String>,

    /// Set an environment variable; may be given more than once
    #[arg(short = 'e', long, value_name = "NAME=VALUE", value_parser = parse_variable)]
    env: Vec<(String, String)>,

    /// Show the program the folder or file SRC as DST, read-only unless `:rw` follows; may be given more than once
    #[arg(long, value_name = "SRC:DST[:ro|:rw]", value_parser = parse_mount)]
    mount: Vec<Mount>,

    /// Stop the program after this many seconds; waiting for someone at a terminal does not count
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = parse_timeout)]
    timeout: Duration,

    /// The most memory the sandbox may have, the snapshot's 48 MiB included: bytes, or a number with K, M or G; 256M
    /// unless set
    #[arg(long, value_name = "BYTES", value_parser = parse_size)]
    max_memory: Option<u64>,

    /// The most that is printed of standard output, and of standard error: bytes, or a number with K, M or G
    #[arg(long, value_name = "BYTES", default_value = "10M", value_parser = parse_output_size)]
    max_output: u32,

    /// Print one JSON object with output, exit code and duration instead of the output
    #[arg(long)]
    json: bool,
}

/// What is to be run, as Python's own command line has it.
pub(super) struct Program {
    pub(super) source: Vec<u8>,
    /// What tracebacks call it.
    pub(super) name: String,
    pub(super) argv: Vec<String>,
    /// Standard input held the program and is at its end.
    pub(super) is_from_stdin: bool,
}

/// Why there is no program to run.
pub(super) enum NoProgram {
    /// The command line names none.
    Misspelt(String),
    /// The one that it names cannot be read.
    Unreadable(String),
}

/// Ends a run as Python does that names a module which is not there. `runpy` would begin its message with the name of an
/// executable, which a sandbox has none of.
const CHECK_MODULE: &str = "
import runpy, sys
try:
    if name != '__main__':
        runpy._get_module_details(name, runpy._Error)
except runpy._Error as error:
    sys.exit(f'hatchery run -m: {error}')
";

fn parse_timeout(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "give a number of seconds above 0 and below 1.8e19, such as 0.5".to_owned())
}

fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 10),
        Some((at, 'm' | 'M')) => (&text[..at], 20),
        Some((at, 'g' | 'G')) => (&text[..at], 30),
        _ => (text, 0),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| "give a number of bytes above 0, or one with K, M or G (1024, 1024², 1024³), such as 256M".to_owned())
}

fn parse_output_size(text: &str) -> Result<u32, String> {
    u32::try_from(parse_size(text)?).map_err(|_| "give less than 4G".to_owned())
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| {
            "give NAME=VALUE; variables of the host reach the program in this way only".to_owned()
        })
}

fn parse_mount(text: &str) -> Result<Mount, String> {
    let (paths, is_writable) = match text.rsplit_once(':') {
        Some((paths, "rw")) => (paths, true),
        Some((paths, "ro")) => (paths, false),
        _ => (text, false),
    };
    match paths.rsplit_once(':') {
        Some((host, guest)) if !host.is_empty() && guest.starts_with('/') => {
            let mount = if Path::new(host).is_file() {
                Mount::file(host, guest)
            } else {
                Mount::new(host, guest)
            };
            Ok(if is_writable { mount.writable() } else { mount })
        }
        _ => Err(
            "give a folder or file of this machine and an absolute path in the sandbox, such as .:/work or data:/data:rw"
                .to_owned(),
        ),
    }
}

impl RunArguments {
    pub(super) fn env(&self) -> &[(String, String)] {
        &self.env
    }

    pub(super) fn mounts(&self) -> &[Mount] {
        &self.mount
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn max_memory(&self) -> Option<u64> {
        self.max_memory
    }

    pub(super) fn max_output(&self) -> u32 {
        self.max_output
    }

    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Reads the program, from wherever it comes.
    pub(super) fn program(&self) -> Result<Program, NoProgram> {
        let argv = |first: &str, rest: &[String]| {
            std::iter::once(first.to_owned())
                .chain(rest.iter().cloned())
                .collect()
        };
        if let [code, rest @ ..] = self.code.as_slice() {
            return Ok(Program {
                source: code.clone().into_bytes(),
                name: "<string>".to_owned(),
                argv: argv("-c", rest),
                is_from_stdin: false,
            });
        }
        if let [module, rest @ ..] = self.module.as_slice() {
            // A JSON string is a Python string.
            let [name, check] = [module, CHECK_MODULE].map(serde_json::Value::from);
            let source = format!(
                "exec({check}, {{'name': {name}}})\n__import__('runpy')._run_module_as_main({name})"
            );
            return Ok(Program {
                source: source.into_bytes(),
                name: "<hatchery run -m>".to_owned(),
                argv: argv("-m", rest),
                is_from_stdin: false,
            });
        }
        match self.file.as_slice() {
            [option, ..]
                if option.len() > 1 && option.starts_with('-') && !Path::new(option).exists() =>
            {
                Err(NoProgram::Misspelt(format!(
                    "{option} is no option of hatchery's and no file: `hatchery run --help` lists the options"
                )))
            }
            [file, rest @ ..] if file != "-" => Ok(Program {
                source: read_file(Path::new(file)).map_err(NoProgram::Unreadable)?,
                name: file.clone(),
                argv: argv(file, rest),
                is_from_stdin: false,
            }),
            from_stdin => {
                let (first, rest) = from_stdin
                    .split_first()
                    .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
                Ok(Program {
                    source: read_stdin().map_err(NoProgram::Unreadable)?,
                    name: "<stdin>".to_owned(),
                    argv: argv(first, rest),
                    is_from_stdin: true,
                })
            }
        }
    }
}

fn read_file(file: &Path) -> Result<Vec<u8>, String> {
    if file.is_dir() {
        return Err(format!(
            "{} is a folder: name a file in it, or mount it with --mount {}:/work and run a module with -m",
            file.display(),
            file.display()
        ));
    }
    std::fs::read(file).map_err(|error| format!("reading {}: {error}", file.display()))
}

fn read_stdin() -> Result<Vec<u8>, String> {
    let mut stdin = std::io::stdin().lock();
    if stdin.is_terminal() {
        eprintln!("hatchery: reading the program from this terminal, until Ctrl-D");
    }
    let mut source = Vec::new();
    stdin
        .read_to_end(&mut source)
        .map_err(|error| format!("reading the program from standard input: {error}"))?;
    Ok(source)
}
