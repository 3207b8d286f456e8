//! A plug-in host: each plug-in is a Python module in a sandbox of its own, and one that misbehaves hurts nobody but
//! itself.

#![forbid(unsafe_code)]

use hatchery::{Checkpoint, Error, HostError, HostFunctions, Runtime, Sandbox};
use std::time::Duration;

/// As they would come from a folder: names and sources.
const PLUGINS: [(&str, &str); 6] = [
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
    ("typo", "def on_message(text)\n    return text"),
    ("stuck", "while True: pass"),
    (
        "babbler",
        "def on_message(text):\n    log(text * 10_000)\n    while True: pass",
    ),
];

struct Plugin {
    name: &'static str,
    sandbox: Sandbox,
    /// As it was when it had been loaded.
    loaded: Checkpoint,
    failures: u32,
}

/// One that fails so often is not asked any more.
const FAILURES_MAX: u32 = 2;

impl Plugin {
    /// Runs the source, so that a mistake in it is known now and not at the first message.
    fn load(
        runtime: &Runtime,
        name: &'static str,
        source: &str,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let functions = HostFunctions::new().function("log", move |(line,): (String,)| {
            println!("[{name}] {}", one_line(&line));
            Ok::<_, HostError>(())
        });
        let mut sandbox = runtime
            .sandbox_builder()
            .functions(functions)
            .timeout(Duration::from_millis(500))
            .max_memory_bytes(64 << 20)
            .max_host_calls(20)
            .build()?;
        let output = sandbox.execute(source)?;
        if let Some(exception) = output.exception {
            return Err(exception.to_string().into());
        }
        if !sandbox.eval::<bool>("callable(on_message)")?.value {
            return Err("on_message is not a function".into());
        }
        Ok(Self {
            name,
            loaded: sandbox.checkpoint()?,
            sandbox,
            failures: 0,
        })
    }

    fn on_message(&mut self, text: &str) -> Result<Option<String>, Error> {
        if self.failures >= FAILURES_MAX {
            return Ok(None);
        }
        match self.sandbox.call::<String>("on_message", (text,)) {
            Ok(answer) => Ok(Some(one_line(&answer.value))),
            Err(error) => {
                self.failures += 1;
                println!("{} failed: {}", self.name, one_line(&error.to_string()));
                if self.sandbox.is_poisoned() {
                    // It was stopped half-way, and begins anew.
                    self.sandbox.rollback(&self.loaded)?;
                }
                Ok(None)
            }
        }
    }
}

/// What a plug-in says, fit for a terminal or a log: not too long, and without control characters.
fn one_line(text: &str) -> String {
    let shown = text.chars().take(200);
    shown
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::new()?;
    let mut plugins = Vec::new();
    for (name, source) in PLUGINS {
        match Plugin::load(&runtime, name, source) {
            Ok(plugin) => plugins.push(plugin),
            Err(error) => println!("{name} is left out: {}", one_line(&error.to_string())),
        }
    }
    for message in ["hello", "again", "and again"] {
        for plugin in &mut plugins {
            if let Some(answer) = plugin.on_message(message)? {
                println!("{}: {answer}", plugin.name);
            }
        }
    }
    Ok(())
}
