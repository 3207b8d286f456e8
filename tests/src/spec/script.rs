//! A `.wast` file, read and made independent of its text.

use super::value::{Expected, argument};
use std::collections::HashMap;
use wasmtime::Val;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, Wat};

/// A module's bytes, or why its text is no module.
pub(super) type Wasm = Result<Vec<u8>, String>;

/// The directives of a file.
#[derive(Debug)]
pub struct Script {
    pub(super) directives: Vec<(usize, Directive)>,
}

#[derive(Debug)]
pub(super) enum Directive {
    Module {
        name: Option<String>,
        wasm: Wasm,
        /// Whether later modules import from it.
        is_registered: bool,
    },
    Define {
        name: Option<String>,
        wasm: Wasm,
    },
    Instantiate {
        instance: Option<String>,
        definition: Option<String>,
    },
    Register {
        module: Option<String>,
        name: String,
    },
    Act(Action),
    Returns(Action, Vec<Expected>),
    Traps(Action),
    TrapsWhenInstantiated(Wasm),
    Exhausts(Action),
    Rejected(Wasm),
    Unlinkable(Wasm),
    /// What nothing of ours takes part in: exceptions, threads.
    Foreign(&'static str),
}

#[derive(Debug)]
pub(super) struct Action {
    pub(super) module: Option<String>,
    pub(super) name: String,
    pub(super) kind: ActionKind,
}

#[derive(Debug)]
pub(super) enum ActionKind {
    Get,
    /// `None` when an argument is of the collector's.
    Invoke(Option<Vec<Val>>),
}

impl Script {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What the file has that this reader does not know, as text.
    pub fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }

    fn parse(text: &str) -> Result<Self, wast::Error> {
        let mut lexer = wast::lexer::Lexer::new(text);
        // Names of the specification's tests have characters of all scripts.
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer)?;
        let wast: Wast<'_> = parser::parse(&buffer)?;
        let mut directives: Vec<(usize, Directive)> = wast
            .directives
            .into_iter()
            .map(|directive| {
                let line = directive.span().linecol_in(text).0 + 1;
                (line, Directive::new(directive))
            })
            .collect();
        mark_registered(&mut directives);
        Ok(Self { directives })
    }
}

/// Notes for each module whether a later directive registers it.
fn mark_registered(directives: &mut [(usize, Directive)]) {
    let mut current = None;
    let mut named = HashMap::new();
    for at in 0..directives.len() {
        let registered = match &directives[at].1 {
            Directive::Module { name, .. } => {
                current = Some(at);
                if let Some(name) = name {
                    named.insert(name.clone(), at);
                }
                continue;
            }
            Directive::Register {
                module: Some(name), ..
            } => named.get(name).copied(),
            Directive::Register { module: None, .. } => current,
            _ => continue,
        };
        if let Some(Directive::Module { is_registered, .. }) =
            registered.map(|at| &mut directives[at].1)
        {
            *is_registered = true;
        }
    }
}

impl Directive {
    fn new(directive: WastDirective<'_>) -> Self {
        match directive {
            WastDirective::Module(mut module) => Self::Module {
                name: owned(module.name()),
                wasm: quoted(&mut module),
                is_registered: false,
            },
            WastDirective::ModuleDefinition(mut module) => Self::Define {
                name: owned(module.name()),
                wasm: quoted(&mut module),
            },
            WastDirective::ModuleInstance {
                instance, module, ..
            } => Self::Instantiate {
                instance: owned(instance),
                definition: owned(module),
            },
            WastDirective::Register { name, module, .. } => Self::Register {
                module: owned(module),
                name: name.to_owned(),
            },
            WastDirective::AssertMalformed { mut module, .. }
            | WastDirective::AssertInvalid { mut module, .. } => {
                Self::Rejected(quoted(&mut module))
            }
            WastDirective::AssertUnlinkable { module, .. } => Self::Unlinkable(encoded(module)),
            WastDirective::Invoke(invoke) => Self::Act(Action::invoke(&invoke)),
            WastDirective::AssertExhaustion { call, .. } => Self::Exhausts(Action::invoke(&call)),
            WastDirective::AssertTrap { exec, .. } => match exec {
                WastExecute::Wat(module) => Self::TrapsWhenInstantiated(encoded(module)),
                exec => Action::new(exec).map_or(Self::Foreign("a component"), Self::Traps),
            },
            WastDirective::AssertReturn { exec, results, .. } => {
                let results = results.iter().map(Expected::new).collect();
                match Action::new(exec) {
                    Some(action) => Self::Returns(action, results),
                    None => Self::Foreign("a module where a call is expected"),
                }
            }
            WastDirective::AssertException { .. } => Self::Foreign("exceptions"),
            WastDirective::AssertSuspension { .. } => Self::Foreign("stack switching"),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => Self::Foreign("threads"),
            WastDirective::AssertInvalidCustom { .. }
            | WastDirective::AssertMalformedCustom { .. } => Self::Foreign("custom sections"),
        }
    }

    /// Whether it asserts something, or only prepares for that.
    pub(super) fn is_assertion(&self) -> bool {
        !matches!(
            self,
            Self::Module { .. }
                | Self::Define { .. }
                | Self::Instantiate { .. }
                | Self::Register { .. }
                | Self::Act(_)
        )
    }
}

impl Action {
    fn new(exec: WastExecute<'_>) -> Option<Self> {
        match exec {
            WastExecute::Invoke(invoke) => Some(Self::invoke(&invoke)),
            WastExecute::Get { module, global, .. } => Some(Self {
                module: owned(module),
                name: global.to_owned(),
                kind: ActionKind::Get,
            }),
            WastExecute::Wat(_) => None,
        }
    }

    fn invoke(invoke: &WastInvoke<'_>) -> Self {
        Self {
            module: owned(invoke.module),
            name: invoke.name.to_owned(),
            kind: ActionKind::Invoke(invoke.args.iter().map(argument).collect()),
        }
    }
}

fn owned(id: Option<Id<'_>>) -> Option<String> {
    id.map(|id| id.name().to_owned())
}

fn quoted(module: &mut QuoteWat<'_>) -> Wasm {
    module.encode().map_err(|error| error.to_string())
}

fn encoded(mut module: Wat<'_>) -> Wasm {
    module.encode().map_err(|error| error.to_string())
}
