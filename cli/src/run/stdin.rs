//! Standard input for the program, piece by piece as the program asks for it.
//!
//! Nothing is read that the program does not ask for: what it leaves is there for the next command of a shell script,
//! and someone at a terminal sees a prompt before having to answer it.

use std::io::{IsTerminal, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use hatchery::{Arguments, HostError, HostFunctions, SandboxBuilder};

use super::stop::Stop;

/// The name under which `stdin.py` asks for input.
const READ_STDIN: &str = "hatchery.cli.read_stdin";
const PIECE_BYTES_MAX: usize = 64 << 10;
/// How long it takes at most until a program that waits for input notices that it has been stopped.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// Gives programs of `builder` this process's standard input.
pub(super) fn offer(builder: SandboxBuilder, stop: Arc<Stop>) -> SandboxBuilder {
    let is_terminal = std::io::stdin().is_terminal();
    let module = format!(
        "IS_TERMINAL = {}\n{}",
        if is_terminal { "True" } else { "False" },
        include_str!("stdin.py")
    );
    let reader = Mutex::new(Reader::default());
    let functions = HostFunctions::new().fallback(move |name: &str, arguments: Arguments| {
        if name != READ_STDIN {
            return Err(HostError::new(
                "NameError",
                format!(
                    "the command line offers no host functions, and none that is called {name:?}"
                ),
            ));
        }
        let wanted = arguments.args.first().and_then(serde_json::Value::as_u64);
        let wanted = usize::try_from(wanted.unwrap_or(0)).unwrap_or(usize::MAX);
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        let piece = {
            // Someone at a terminal takes the time that they take.
            let _pause = is_terminal.then(|| stop.pause());
            reader.read(wanted.min(PIECE_BYTES_MAX), &stop)
        };
        // One character a byte: JSON has no bytes.
        piece.map(|piece| piece.into_iter().map(char::from).collect::<String>())
    });
    builder
        .functions(functions)
        .max_host_calls(u64::MAX)
        .module("_hatchery_stdin", module)
}

type Piece = std::io::Result<Vec<u8>>;

/// Reads on a thread of its own: a read of standard input cannot be called off.
#[derive(Default)]
struct Reader {
    thread: Option<(Sender<usize>, Receiver<Piece>)>,
}

impl Reader {
    fn read(&mut self, len: usize, stop: &Stop) -> Result<Vec<u8>, HostError> {
        let (ask, answers) = self.thread.get_or_insert_with(start);
        let gone = || HostError::new("OSError", "nothing reads standard input any more");
        ask.send(len).map_err(|_| gone())?;
        loop {
            match answers.recv_timeout(CHECK_INTERVAL) {
                Ok(Ok(piece)) => return Ok(piece),
                Ok(Err(error)) => return Err(HostError::new("OSError", error.to_string())),
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
                Err(RecvTimeoutError::Timeout) => stop.check()?,
            }
        }
    }
}

fn start() -> (Sender<usize>, Receiver<Piece>) {
    let (ask, asked) = channel::<usize>();
    let (answer, answers) = channel();
    thread::spawn(move || {
        for len in asked {
            let mut piece = vec![0; len];
            let read = loop {
                match std::io::stdin().lock().read(&mut piece) {
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            let read = read.map(|len| {
                piece.truncate(len);
                piece
            });
            if answer.send(read).is_err() {
                break;
            }
        }
    });
    (ask, answers)
}
