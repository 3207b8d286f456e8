//! Runs scripts.

use super::baked::{Baked, Baking, Oven, bytes};
use super::script::{Action, ActionKind, Directive, Script, Wasm};
use super::spectest;
use super::sys::Slots;
use hatchery::CallError;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wasmtime::{Config, Engine, Instance, Linker, Module, Store, Trap, Val};

/// Whose memories a machine's modules have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// wasmtime's own.
    Stock,
    /// Slots of zeros.
    Slots,
    /// Slots of the image that a bake gave; modules that cannot be frozen have slots of zeros.
    Frozen,
}

/// What came of a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Where it stands in the file.
    pub line: usize,
    /// Whether it asserts something.
    pub is_assertion: bool,
    /// The trap that it ended in, if it had to end in one; or what went wrong.
    pub result: Result<Option<Trap>, String>,
}

/// What runs scripts in one [`Mode`].
pub struct Machine {
    engine: Engine,
    slots: Option<Arc<Slots>>,
    oven: Option<Oven>,
    baked: usize,
    baked_calls: usize,
    refused: BTreeMap<&'static str, usize>,
}

/// The instances of one script.
struct Scene<'a> {
    machine: &'a mut Machine,
    store: Store<()>,
    linker: Linker<()>,
    subjects: Vec<Subject>,
    named: HashMap<String, usize>,
    current: Option<usize>,
    definitions: HashMap<Option<String>, Vec<u8>>,
}

enum Subject {
    Plain(Instance),
    Baked(Box<Baked>),
}

/// Why something did not run to its end.
enum Stop {
    Trap(Trap),
    Other(String),
}

impl Machine {
    /// A machine with everything that it needs.
    ///
    /// # Panics
    ///
    /// When the system has no room for slots.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        let mut config = Config::new();
        // As in Hatchery's engine and freeze: a collector's objects are no part of a snapshot. Without a collector,
        // wasmtime 48 ends the process where the code asks for a subtype at run time.
        config
            .gc_support(false)
            .wasm_gc(false)
            .concurrency_support(false);
        let slots = (mode != Mode::Stock).then(|| {
            let slots = Slots::new().expect("room for slots");
            slots.configure(&mut config);
            slots
        });
        Self {
            engine: Engine::new(&config).expect("an engine"),
            slots,
            oven: (mode == Mode::Frozen).then(|| Oven::new().expect("an engine")),
            baked: 0,
            baked_calls: 0,
            refused: BTreeMap::new(),
        }
    }

    /// Memories that were slots of zeros.
    #[must_use]
    pub fn slots_given(&self) -> usize {
        self.slots.as_ref().map_or(0, |slots| slots.given())
    }

    /// Modules that were frozen, baked and reset.
    #[must_use]
    pub fn modules_baked(&self) -> usize {
        self.baked
    }

    /// Calls that scripts made of those.
    #[must_use]
    pub fn baked_calls(&self) -> usize {
        self.baked_calls
    }

    /// Modules that ran as they are, by the reason.
    #[must_use]
    pub fn modules_refused(&self) -> &BTreeMap<&'static str, usize> {
        &self.refused
    }

    /// Runs a script, a verdict a directive.
    ///
    /// # Panics
    ///
    /// When the host's part of a test cannot be made.
    pub fn run(&mut self, script: &Script) -> Vec<Verdict> {
        let mut store = Store::new(&self.engine, ());
        let mut linker = Linker::new(&self.engine);
        linker.allow_shadowing(true);
        spectest::define_functions(&mut linker).expect("names are used once");
        spectest::define_state(&mut linker, &mut store).expect("they are small");
        let mut scene = Scene {
            machine: self,
            store,
            linker,
            subjects: Vec::new(),
            named: HashMap::new(),
            current: None,
            definitions: HashMap::new(),
        };
        let verdict = |(line, directive): &(usize, Directive)| Verdict {
            line: *line,
            is_assertion: directive.is_assertion(),
            result: scene.perform(directive),
        };
        script.directives.iter().map(verdict).collect()
    }
}

impl Scene<'_> {
    fn perform(&mut self, directive: &Directive) -> Result<Option<Trap>, String> {
        match directive {
            Directive::Module {
                name,
                wasm,
                is_registered,
            } => {
                let subject = self.instantiate(bytes(wasm)?, !is_registered);
                self.enter(name.as_ref(), subject)
            }
            Directive::Define { name, wasm } => {
                let wasm = bytes(wasm)?;
                Module::validate(&self.machine.engine, wasm)
                    .map_err(|error| format!("{error:#}"))?;
                self.definitions.insert(name.clone(), wasm.to_vec());
                Ok(None)
            }
            Directive::Instantiate {
                instance,
                definition,
            } => {
                let wasm = self
                    .definitions
                    .get(definition)
                    .ok_or("no such definition")?
                    .clone();
                let subject = self.instantiate(&wasm, false);
                self.enter(instance.as_ref(), subject)
            }
            Directive::Register { module, name } => {
                let at = self.find(module.as_ref())?;
                let Subject::Plain(instance) = &self.subjects[at] else {
                    return Err("registered, and baked all the same".to_owned());
                };
                let instance = *instance;
                let linked = self.linker.instance(&mut self.store, name, instance);
                linked.map(|_| None).map_err(|error| format!("{error:#}"))
            }
            Directive::Act(action) => self.act(action).map(|_| None).map_err(Stop::text),
            Directive::Returns(action, expected) => {
                let values = self.act(action).map_err(Stop::text)?;
                let right = values.len() == expected.len()
                    && expected
                        .iter()
                        .zip(&values)
                        .all(|(expected, value)| expected.accepts(value));
                if right {
                    Ok(None)
                } else {
                    Err(format!("{values:?} and not {expected:?}"))
                }
            }
            Directive::Traps(action) => match self.act(action) {
                Err(Stop::Trap(trap)) => Ok(Some(trap)),
                Err(Stop::Other(why)) => Err(why),
                Ok(values) => Err(format!("{values:?} and no trap")),
            },
            Directive::Exhausts(action) => match self.act(action) {
                Err(Stop::Trap(Trap::StackOverflow)) => Ok(Some(Trap::StackOverflow)),
                Err(stop) => Err(stop.text()),
                Ok(values) => Err(format!("{values:?} and stack left")),
            },
            Directive::TrapsWhenInstantiated(wasm) => match self.instantiate(bytes(wasm)?, true) {
                Err(Stop::Trap(trap)) => Ok(Some(trap)),
                Err(Stop::Other(why)) => Err(why),
                Ok(_) => Err("no trap".to_owned()),
            },
            Directive::Rejected(wasm) => self.reject(wasm),
            Directive::Unlinkable(wasm) => match self.instantiate(bytes(wasm)?, true) {
                Err(Stop::Other(_)) => Ok(None),
                Err(Stop::Trap(trap)) => Err(format!("linked, and trapped: {trap}")),
                Ok(_) => Err("linked".to_owned()),
            },
            Directive::Foreign(what) => Err(format!("not run: {what}")),
        }
    }

    fn reject(&self, wasm: &Wasm) -> Result<Option<Trap>, String> {
        let Ok(wasm) = wasm else {
            return Ok(None);
        };
        let compiled = Module::new(&self.machine.engine, wasm).is_ok();
        let frozen = self.machine.oven.is_some() && hatchery_engine::freeze(wasm).is_ok();
        match (compiled, frozen) {
            (false, false) => Ok(None),
            (true, _) => Err("compiled".to_owned()),
            (false, true) => Err("frozen".to_owned()),
        }
    }

    fn instantiate(&mut self, wasm: &[u8], may_bake: bool) -> Result<Subject, Stop> {
        if let Some(oven) = &self.machine.oven {
            let baking = if may_bake {
                oven.bake(wasm)
            } else {
                Baking::Refused("other modules import from it")
            };
            match baking {
                Baking::Done(baked) => {
                    self.machine.baked += 1;
                    return Ok(Subject::Baked(baked));
                }
                Baking::Failed {
                    trapped: false,
                    why,
                } => return Err(Stop::Other(why)),
                // Which trap it is says the plain module below.
                Baking::Failed { trapped: true, .. } => {}
                Baking::Refused(reason) => *self.machine.refused.entry(reason).or_default() += 1,
            }
        }
        let module = Module::new(&self.machine.engine, wasm)?;
        let instance = self.linker.instantiate(&mut self.store, &module)?;
        Ok(Subject::Plain(instance))
    }

    fn enter(
        &mut self,
        name: Option<&String>,
        subject: Result<Subject, Stop>,
    ) -> Result<Option<Trap>, String> {
        let subject = match subject {
            Ok(subject) => subject,
            Err(stop) => {
                self.current = None;
                return Err(stop.text());
            }
        };
        let at = self.subjects.len();
        self.subjects.push(subject);
        self.current = Some(at);
        if let Some(name) = name {
            self.named.insert(name.clone(), at);
        }
        Ok(None)
    }

    fn find(&self, name: Option<&String>) -> Result<usize, String> {
        match name {
            Some(name) => self
                .named
                .get(name)
                .copied()
                .ok_or_else(|| format!("no module {name}")),
            None => self.current.ok_or_else(|| "no module".to_owned()),
        }
    }

    fn act(&mut self, action: &Action) -> Result<Vec<Val>, Stop> {
        let at = self.find(action.module.as_ref()).map_err(Stop::Other)?;
        let name = &action.name;
        let store = &mut self.store;
        match (&mut self.subjects[at], &action.kind) {
            (_, ActionKind::Invoke(None)) => {
                Err(Stop::Other("an argument is of the collector's".to_owned()))
            }
            (Subject::Baked(baked), ActionKind::Invoke(Some(params))) => {
                self.machine.baked_calls += 1;
                Ok(baked.call(name, params)?)
            }
            (Subject::Plain(instance), ActionKind::Invoke(Some(params))) => {
                let function = instance
                    .get_func(&mut *store, name)
                    .ok_or_else(|| Stop::Other(format!("no function {name}")))?;
                let mut results = vec![Val::I32(0); function.ty(&*store).results().len()];
                function.call(store, params, &mut results)?;
                Ok(results)
            }
            (subject, ActionKind::Get) => {
                let value = match subject {
                    Subject::Plain(instance) => instance
                        .get_global(&mut *store, name)
                        .map(|global| global.get(&mut *store)),
                    Subject::Baked(baked) => baked.global(name),
                };
                value
                    .map(|value| vec![value])
                    .ok_or_else(|| Stop::Other(format!("no global {name}")))
            }
        }
    }
}

impl Stop {
    fn text(self) -> String {
        match self {
            Self::Trap(trap) => trap.to_string(),
            Self::Other(why) => why,
        }
    }
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        match error.downcast_ref::<Trap>() {
            Some(trap) => Self::Trap(*trap),
            None => Self::Other(format!("{error:#}")),
        }
    }
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Trap { trap } => Self::Trap(trap),
            other => Self::Other(other.to_string()),
        }
    }
}
