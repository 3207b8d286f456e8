//! An agent's tool loop: a model writes Python, which calls the host's tools; what it prints or raises goes back to the
//! model, until it calls `finish`.
//!
//! The model here is a script, so that the example needs no network. It makes a mistake and a program that never ends,
//! as models do. Put a client of a real one behind [`Model`].

#![forbid(unsafe_code)]

use hatchery::{Error, HostError, HostFunctions, Runtime};
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
            "total = sum(row['amount'] for row in rows['items'])",
            "while len(rows) < 1000: pass",
            "rows = search('sales')\ntotal = sum(row['amount'] for row in rows)\nprint(total)",
            "finish(f'Sales were {total} in all.')",
        ]
        .into_iter(),
    );
    let mut observation = "Begin.".to_owned();
    for step in 1..=10 {
        let program = model.next_program(&observation);
        // What a program that is stopped half-way has done is taken back.
        let before = sandbox.checkpoint()?;
        observation = match sandbox.execute(&program) {
            Ok(output) => match output.exception {
                None => output.stdout_text().into_owned(),
                Some(exception) => format!("{exception}"),
            },
            Err(error @ (Error::Timeout { .. } | Error::Trap { .. })) => {
                sandbox.rollback(&before)?;
                format!("{error}")
            }
            Err(error) => return Err(error.into()),
        };
        println!("step {step}: {}", observation.trim_end());
        if let Some(answer) = answer.lock().expect("no panic").take() {
            println!("answer: {answer}");
            return Ok(());
        }
    }
    Err("the model never finished".into())
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
