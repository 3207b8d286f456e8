//! The guest module in plain wasmtime with wasmtime-wasi, by nothing but its ABI.

use hatchery_tests::guest;
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store, WasmParams, WasmResults};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{self, WasiP1Ctx};

const NOT_UTF8: i32 = -1;
const NUL_BYTE: i32 = -2;
const TOO_LONG: i32 = -3;
const OUTSIDE_MEMORY: i32 = -6;
const FOREIGN_BYTECODE: i32 = -7;

struct Host {
    store: Store<WasiP1Ctx>,
    instance: Instance,
    memory: Memory,
}

impl Host {
    fn new() -> Self {
        let engine = Engine::default();
        let module = Module::from_file(&engine, guest().wasm_path).unwrap();
        let imported: Vec<&str> = module.imports().map(|import| import.name()).collect();
        for name in &imported {
            assert!(
                [
                    "clock_res_get",
                    "clock_time_get",
                    "poll_oneoff",
                    "proc_exit",
                    "random_get",
                    "sched_yield"
                ]
                .contains(name),
                "the guest imports {name}, which docs/guest-abi.md does not list"
            );
        }
        let mut linker = Linker::new(&engine);
        p1::add_to_linker_sync(&mut linker, |wasi| wasi).unwrap();
        let mut store = Store::new(&engine, WasiCtxBuilder::new().build_p1());
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let mut host = Self {
            store,
            instance,
            memory,
        };
        host.call::<(), ()>("_initialize", ());
        host
    }

    /// Calls an export; a trap fails the test.
    fn call<P: WasmParams, R: WasmResults>(&mut self, name: &str, params: P) -> R {
        let function = self
            .instance
            .get_typed_func::<P, R>(&mut self.store, name)
            .unwrap();
        function
            .call(&mut self.store, params)
            .unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }

    fn put(&mut self, bytes: &[u8]) -> (i32, i32) {
        let len = i32::try_from(bytes.len()).unwrap();
        let address: i32 = self.call("alloc", (len,));
        assert_ne!(address, 0);
        self.memory
            .write(&mut self.store, address as usize, bytes)
            .unwrap();
        (address, len)
    }

    fn execute(&mut self, source: impl AsRef<[u8]>) -> i32 {
        let (address, len) = self.put(source.as_ref());
        let code = self.call("execute", (address, len));
        self.call::<_, ()>("dealloc", (address, len));
        code
    }

    fn stream(&mut self, name: &str) -> String {
        let len: i32 = self.call(&format!("get_{name}_len"), ());
        let buffer: i32 = self.call("alloc", (len,));
        let copied: i32 = self.call(&format!("get_{name}"), (buffer, len));
        assert_eq!(copied, len);
        let mut bytes = vec![0; len as usize];
        self.memory
            .read(&self.store, buffer as usize, &mut bytes)
            .unwrap();
        self.call::<_, ()>("dealloc", (buffer, len));
        String::from_utf8(bytes).unwrap()
    }

    fn with_two(&mut self, name: &str, first: &str, second: &str) -> i32 {
        let (a, a_len) = self.put(first.as_bytes());
        let (b, b_len) = self.put(second.as_bytes());
        self.call(name, (a, a_len, b, b_len))
    }

    fn compile(&mut self, source: &str, room: i32) -> Result<Vec<u8>, i32> {
        let (address, len) = self.put(source.as_bytes());
        let into: i32 = self.call("alloc", (room,));
        let compiled: i32 = self.call("compile_source", (address, len, into, room));
        if compiled < 0 {
            return Err(compiled);
        }
        let mut bytecode = vec![0; compiled as usize];
        self.memory
            .read(&self.store, into as usize, &mut bytecode)
            .unwrap();
        Ok(bytecode)
    }

    fn load(&mut self, bytecode: &[u8]) -> i32 {
        let (address, len) = self.put(bytecode);
        self.call("load_bytecode", (address, len))
    }
}

// One test: compiling the module takes seconds, so it is done once.
#[test]
fn every_export_keeps_its_contract() {
    let mut host = Host::new();
    assert_eq!(host.call::<(), i32>("abi_version", ()), 1);

    assert_eq!(host.execute("print('hello'); x = 1"), 0);
    assert_eq!(host.stream("stdout"), "hello\n");
    assert_eq!(host.execute("1/0"), 1);
    assert!(
        host.stream("stderr")
            .ends_with("ZeroDivisionError: division by zero\n")
    );
    assert_eq!(
        host.stream("stdout"),
        "",
        "an execution clears what the last one printed"
    );
    assert_eq!(host.execute("import sys; sys.exit(7)"), 1);
    assert_eq!(host.call::<(), i32>("get_exit_code", ()), 7);

    inputs_that_are_no_program(&mut host);
    bytecode(&mut host);
    functions(&mut host);
    modules(&mut host);

    host.call::<(), ()>("reset_state", ());
    assert_eq!(host.execute("print('x' in globals())"), 0);
    assert_eq!(host.stream("stdout"), "False\n");
    assert_eq!(
        host.call::<(), i32>("get_heap_pages", ()) as u64,
        host.memory.size(&host.store)
    );
}

fn inputs_that_are_no_program(host: &mut Host) {
    assert_eq!(host.execute(b"print('\xff')"), NOT_UTF8);
    assert_eq!(host.execute(b"print(1)\0"), NUL_BYTE);
    let end = host.memory.data_size(&host.store) as i32;
    for (address, len) in [
        (end, 1),
        (end - 1, 2),
        (0, -1),
        (-1, 1),
        (-1, -1),
        (end - 8, i32::MAX),
    ] {
        assert_eq!(
            host.call::<_, i32>("execute", (address, len)),
            OUTSIDE_MEMORY,
            "{address} {len}"
        );
        assert_eq!(
            host.call::<_, i32>("load_bytecode", (address, len)),
            OUTSIDE_MEMORY
        );
        assert_eq!(
            host.call::<_, i32>("uninstall_module", (address, len)),
            OUTSIDE_MEMORY
        );
        let two = (address, len, address, len);
        assert_eq!(host.call::<_, i32>("execute_function", two), OUTSIDE_MEMORY);
        assert_eq!(host.call::<_, i32>("install_module", two), OUTSIDE_MEMORY);
        assert_eq!(host.call::<_, i32>("compile_source", two), OUTSIDE_MEMORY);
        assert_eq!(
            host.call::<_, i32>("get_stdout", (address, len)),
            OUTSIDE_MEMORY
        );
    }
    let long = vec![b'#'; (64 << 20) + 1];
    assert_eq!(host.execute(&long), TOO_LONG);
    assert_eq!(
        host.call::<_, i32>("alloc", (-1,)),
        0,
        "an impossible size is refused"
    );
    assert_eq!(host.execute("print(6 * 7)"), 0, "and the guest lives on");
}

fn bytecode(host: &mut Host) {
    let bytecode = host.compile("print('compiled', x)", 1 << 16).unwrap();
    assert_eq!(host.load(&bytecode), 0);
    assert_eq!(host.stream("stdout"), "compiled 1\n");
    assert_eq!(host.compile("print('compiled')", 4), Err(TOO_LONG));
    assert_eq!(host.compile("def", 1 << 16), Err(NOT_UTF8));
    assert!(host.stream("stderr").contains("SyntaxError"));
    assert_eq!(host.compile("a\0", 1 << 16), Err(NUL_BYTE));
    let mut foreign = bytecode.clone();
    foreign[5] ^= 1;
    assert_eq!(host.load(&foreign), FOREIGN_BYTECODE);
    assert_eq!(host.load(b"x"), FOREIGN_BYTECODE);
    assert_eq!(
        host.load(&bytecode[..bytecode.len() / 2]),
        1,
        "cut short: a Python error"
    );
}

fn functions(host: &mut Host) {
    assert_eq!(host.execute("def greet(*names): print('hello', *names)"), 0);
    assert_eq!(host.with_two("execute_function", "greet", "[\"a\", 2]"), 0);
    assert_eq!(host.stream("stdout"), "hello a 2\n");
    assert_eq!(host.with_two("execute_function", "greet", ""), 0);
    assert_eq!(host.stream("stdout"), "hello\n");
    assert_eq!(host.with_two("execute_function", "missing", "[]"), 1);
    assert!(
        host.stream("stderr")
            .contains("NameError: function 'missing' is not defined")
    );
    assert_eq!(host.with_two("execute_function", "greet", "{}"), 1);
    assert_eq!(host.with_two("execute_function", "greet", "["), 1);
    assert_eq!(host.with_two("execute_function", "x", "[]"), 1);
    assert_eq!(
        host.with_two("execute_function", "greet", "[\"a\"]\0"),
        NUL_BYTE
    );
}

fn modules(host: &mut Host) {
    assert_eq!(
        host.with_two("install_module", "pkg.sub.leaf", "value = __name__"),
        0
    );
    assert_eq!(
        host.execute("import pkg.sub.leaf as m; print(m.value, m.__file__, pkg.sub.leaf.value)"),
        1
    );
    assert_eq!(
        host.execute("import pkg.sub.leaf; print(pkg.sub.leaf.value, pkg.sub.leaf.__file__)"),
        0
    );
    assert_eq!(
        host.stream("stdout"),
        "pkg.sub.leaf <memory>/pkg/sub/leaf.py\n"
    );
    assert_eq!(
        host.with_two("install_module", "broken", "raise ValueError(1)"),
        1
    );
    assert_eq!(
        host.execute("import broken"),
        1,
        "a module that failed is not installed"
    );
    assert_eq!(host.with_two("install_module", "no name", ""), 1);
    let (address, len) = host.put(b"pkg");
    assert_eq!(host.call::<_, i32>("uninstall_module", (address, len)), 0);
    assert_eq!(host.execute("import pkg.sub.leaf"), 1);
    assert_eq!(host.call::<_, i32>("uninstall_module", (address, len)), 1);
}
