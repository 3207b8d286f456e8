//! A plug-in host: each plug-in is a Python module in a sandbox of its own, and one that misbehaves hurts nobody but
//! itself.

#![forbid(unsafe_code)]

use hatchery::{Error, HostError, HostFunctions, Runtime, Sandbox};
use std::time::Duration;

/// As they would come from a folder: names and sources.
const PLUGINS: [(&str, &str); 3] = [
    (
        "shout",
        "def on_message(text):\n    return text.upper() + '!'",
    ),
    (
        "greedy",
        "def on_message(text):\n    while True: text += text",
    ),
    (
        "counter",
        "seen = 0\ndef on_message(text):\n    global seen\n    seen += 1\n    log(f'{seen} so far')\n    return f'{text} ({seen})'",
    ),
];

struct Plugin {
    name: &'static str,
    sandbox: Sandbox,
    failures: u32,
}

/// One that fails so often is not asked any more.
const FAILURES_MAX: u32 = 2;

impl Plugin {
    fn load(runtime: &Runtime, name: &'static str, source: &str) -> Result<Self, hatchery::Error> {
        let functions = HostFunctions::new().function("log", move |(line,): (String,)| {
            println!("[{name}] {line}");
            Ok::<_, HostError>(())
        });
        let mut sandbox = runtime
            .sandbox_builder()
            .functions(functions)
            .timeout(Duration::from_millis(500))
            .max_memory_bytes(64 << 20)
            .build()?;
        // A mistake in the source is known now and not at the first message.
        let output = sandbox.execute(source)?;
        if let Some(exception) = output.exception {
            println!("{name} does not load: {exception}");
        }
        Ok(Self {
            name,
            sandbox,
            failures: 0,
        })
    }

    fn on_message(&mut self, text: &str) -> Option<String> {
        if self.failures >= FAILURES_MAX {
            return None;
        }
        match self.sandbox.call::<String>("on_message", (text,)) {
            Ok(answer) => Some(answer.value),
            Err(error) => {
                self.failures += 1;
                let what = match &error {
                    Error::Python { exception, .. } => format!("raised {}", exception.type_name),
                    other => other.to_string(),
                };
                println!("{} failed: {what}", self.name);
                None
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::new()?;
    let mut plugins = Vec::new();
    for (name, source) in PLUGINS {
        plugins.push(Plugin::load(&runtime, name, source)?);
    }
    for message in ["hello", "again", "and again"] {
        for plugin in &mut plugins {
            if let Some(answer) = plugin.on_message(message) {
                println!("{}: {answer}", plugin.name);
            }
        }
    }
    Ok(())
}
