//! An agent's tool loop: a model writes Python, which calls the host's tools; what it prints and raises, and why it was
//! stopped, goes back to the model, until it calls `finish`.
//!
//! The model here is a script, so that the example needs no network. It makes a mistake and a program that never ends,
//! as models do. Put a client of a real one behind [`Model`].

#![forbid(unsafe_code)]

use hatchery::{Error, HostError, HostFunctions, Output, Runtime, Sandbox};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What writes the programs.
trait Model {
    /// The next program, after seeing what came of the last one.
    fn next_program(&mut self, observation: &str) -> String;
}

struct Scripted(std::vec::IntoIter<&'static str>);

impl Model for Scripted {
    fn next_program(&mut self, _observation: &str) -> String {
        self.0.next().unwrap_or("finish('I give up')").to_owned()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let answer: Arc<Mutex<Option<String>>> = Arc::default();
    let tools = tools(answer.clone());
    let runtime = Runtime::new()?;
    // Names live from one program to the next, as in a notebook.
    let mut sandbox = runtime
        .sandbox_builder()
        .functions(tools)
        .timeout(Duration::from_secs(1))
        .max_host_calls(100)
        .max_output_bytes(16 << 10)
        .build()?;

    let mut model = Scripted(
        vec![
            "rows = search('sales')\nprint(rows)",
            "print('adding up')\ntotal = sum(row['amount'] for row in rows['items'])",
            "print('waiting for more')\nrows = []\nwhile len(rows) < 1000: pass",
            "rows = search('sales')\ntotal = sum(row['amount'] for row in rows)\nprint(total)",
            "finish(f'Sales were {total} in all.')",
        ]
        .into_iter(),
    );
    let mut observation = "Begin.".to_owned();
    for step in 1..=10 {
        let program = model.next_program(&observation);
        observation = observe(&mut sandbox, &program)?;
        println!("step {step}:\n{}", observation.trim_end());
        if let Some(answer) = answer.lock().expect("no panic").take() {
            println!("answer: {answer}");
            return Ok(());
        }
    }
    Err("the model never finished".into())
}

/// Runs a program, and says what came of it so that the model understands.
fn observe(sandbox: &mut Sandbox, program: &str) -> Result<String, Error> {
    let before = sandbox.checkpoint()?;
    let (output, stopped) = match sandbox.execute(program) {
        Ok(output) => (output, None),
        Err(error) => {
            let why = match &error {
                Error::Timeout { limit, .. } => format!("stopped after {limit:?}"),
                Error::CpuTime { limit, .. } => format!("stopped after {limit:?} of computing"),
                Error::Trap { reason, .. } => format!("Python crashed: {reason}"),
                Error::NulByte { .. } | Error::TooLong { .. } => error.to_string(),
                Error::NoMemory => {
                    sandbox.reset()?;
                    "no memory was left: the sandbox is as new, and all names are gone".to_owned()
                }
                // The host's own trouble is not the model's.
                _ => return Err(error),
            };
            (error.output().cloned().unwrap_or_default(), Some(why))
        }
    };
    let mut observation = printed(&output);
    if let Some(why) = stopped {
        observation += &format!("[{why}]\n");
    }
    if sandbox.is_poisoned() {
        sandbox.rollback(&before)?;
        observation +=
            "[what the program did in the sandbox is taken back; its tool calls are not]\n";
    }
    Ok(observation)
}

/// What was printed, a traceback included.
fn printed(output: &Output) -> String {
    let mut printed = format!("{}{}", output.stdout_text(), output.stderr_text());
    let raised = output.exception.as_ref();
    if let Some(hint) = raised.and_then(|raised| raised.hint.as_ref()) {
        printed += &format!("[hint: {hint}]\n");
    }
    if !output.success() {
        printed += &format!("[exit code {}]\n", output.exit_code);
    }
    if output.is_truncated() {
        printed += "[not all that was printed is here]\n";
    }
    printed
}

fn tools(answer: Arc<Mutex<Option<String>>>) -> HostFunctions {
    let documents = BTreeMap::from([(
        "sales",
        serde_json::json!([{ "month": "May", "amount": 120 }, { "month": "June", "amount": 80 }]),
    )]);
    HostFunctions::new()
        .function("search", move |(topic,): (String,)| {
            let found = documents.get(topic.as_str()).cloned();
            found.ok_or_else(|| HostError::new("LookupError", format!("nothing about {topic}")))
        })
        .describe("search", "Finds rows about a topic.")
        .function("finish", move |(text,): (String,)| {
            *answer.lock().expect("no panic") = Some(text);
            Ok::<_, HostError>(())
        })
        .describe("finish", "Ends the task with an answer.")
}
