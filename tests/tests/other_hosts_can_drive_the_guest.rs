//! The guest module in plain wasmtime with wasmtime-wasi, by nothing but its ABI.

use std::collections::BTreeSet;

use hatchery_abi::codes::{FOREIGN_BYTECODE, NOT_UTF8, NUL_BYTE, OUTSIDE_MEMORY, TOO_LONG};
use hatchery_abi::layout::report::{EXCEPTION, VALUE};
use hatchery_abi::{codes, errno, names};
use hatchery_tests::guest;
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store, WasmParams, WasmResults};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::{self, WasiP1Ctx};

struct Host {
    store: Store<WasiP1Ctx>,
    instance: Instance,
    memory: Memory,
}

impl Host {
    fn capture(&mut self, at: usize) -> Vec<u8> {
        let report: i32 = self.call("get_run_report", ());
        let memory = self.memory.data(&self.store);
        let field = |offset: usize| {
            let at = report as usize + at + offset;
            u32::from_le_bytes(memory[at..at + 4].try_into().unwrap()) as usize
        };
        memory[field(0)..field(0) + field(4)].to_vec()
    }

    fn new() -> Self {
        let engine = Engine::default();
        let module = Module::from_file(&engine, guest().wasm_path).unwrap();
        for import in module.imports() {
            let (from, name) = (import.module(), import.name());
            let listed: &[&str] = match from {
                names::wasi::MODULE => names::wasi::ALL,
                names::imports::MODULE => names::imports::ALL,
                _ => &[],
            };
            assert!(
                listed.contains(&name),
                "the guest imports {from}.{name}, which docs/guest-abi.md does not list"
            );
        }
        let mut linker = Linker::new(&engine);
        p1::add_to_linker_sync(&mut linker, |wasi| wasi).unwrap();
        linker.define_unknown_imports_as_traps(&module).unwrap();
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
fn nothing_is_exported_that_is_not_agreed_on() {
    let engine = Engine::default();
    let module = Module::from_file(&engine, guest().wasm_path).unwrap();
    let exported: BTreeSet<&str> = module.exports().map(|export| export.name()).collect();
    let agreed = names::exports::ALL.iter().copied().chain(["memory"]);
    assert_eq!(exported, agreed.collect());
}

#[test]
fn every_export_keeps_its_contract() {
    let mut host = Host::new();
    assert_eq!(host.call::<(), i32>("abi_version", ()), 3);

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
    values(&mut host);
    memory(&mut host);
    files(&mut host);

    host.call::<(), ()>("reset_state", ());
    assert_eq!(host.execute("print('x' in globals())"), 0);
    assert_eq!(host.stream("stdout"), "False\n");
    assert_eq!(
        host.call::<(), i32>("get_heap_pages", ()) as u64,
        host.memory.size(&host.store)
    );
    // Last: a snapshot gives up all free memory.
    map(&mut host);
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
    assert_eq!(host.with_two("execute_function", "greet", "{\"a\": 1}"), 1);
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

fn values(host: &mut Host) {
    let one = |host: &mut Host, export: &str, text: &str| {
        let (address, len) = host.put(text.as_bytes());
        host.call::<_, i32>(export, (address, len))
    };
    assert_eq!(one(host, "evaluate", "{'a': [1, None]}"), 0);
    assert_eq!(host.capture(VALUE), br#"{"a":[1,null]}"#);
    assert_eq!(host.capture(EXCEPTION), b"");
    assert_eq!(one(host, "evaluate", "1 / 0"), 1);
    assert_eq!(host.capture(VALUE), b"");
    let exception = String::from_utf8(host.capture(EXCEPTION)).unwrap();
    assert!(
        exception.contains(r#""type": "ZeroDivisionError""#),
        "{exception}"
    );
    assert_eq!(one(host, "compile", "print('kept')"), 0);
    let bytecode = host.capture(VALUE);
    assert_eq!(host.load(&bytecode), 0);
    assert_eq!(host.stream("stdout"), "kept\n");
    assert_eq!(host.execute("def double(n, times=2): return n * times"), 0);
    let by_name = r#"{"args": [4], "kwargs": {"times": 3}}"#;
    assert_eq!(host.with_two("call_function", "double", by_name), 0);
    assert_eq!(host.capture(VALUE), b"12");

    assert_eq!(one(host, "set_stdin", "a line\n"), 0);
    assert_eq!(host.execute("print(input())"), 0);
    assert_eq!(host.stream("stdout"), "a line\n");
    assert_eq!(
        one(host, "configure", r#"{"env": {"K": "v"}, "argv": ["p"]}"#),
        0
    );
    assert_eq!(
        host.execute("import os, sys; print(os.environ['K'], sys.argv)"),
        0
    );
    assert_eq!(host.stream("stdout"), "v ['p']\n");
    for broken in ["", "[]", "{\"env\": 1}", "{\"functions\": 1}"] {
        assert_eq!(one(host, "configure", broken), 1, "{broken:?}");
    }
    assert_eq!(host.execute("await __import__('asyncio').sleep(0)"), 0);
}

fn files(host: &mut Host) {
    const NOT_FOUND: i32 = codes::WASI + errno::NOENT;
    const READ_ONLY: i32 = codes::WASI + errno::ROFS;
    const IS_DIRECTORY: i32 = codes::WASI + errno::ISDIR;
    const NO_SPACE: i32 = codes::WASI + errno::NOSPC;
    const TOO_LARGE: i32 = codes::WASI + errno::FBIG;
    const NAME_TOO_LONG: i32 = codes::WASI + errno::NAMETOOLONG;
    const INVALID: i32 = codes::WASI + errno::INVAL;
    const BUSY: i32 = codes::WASI + errno::BUSY;
    const NOT_EMPTY: i32 = codes::WASI + errno::NOTEMPTY;
    const MOUNTED: i32 = codes::WASI + errno::XDEV;
    let one = |host: &mut Host, export: &str, path: &[u8]| {
        let (address, len) = host.put(path);
        let code = host.call::<_, i32>(export, (address, len));
        host.call::<_, ()>("dealloc", (address, len));
        code
    };
    let make = |host: &mut Host, path: &[u8], size: i32| {
        let (address, len) = host.put(path);
        host.call::<_, i32>("file_write", (address, len, size))
    };
    assert_eq!(make(host, b"folder/file", 5), 0);
    let report = host.call::<(), i32>("get_run_report", ()) as usize + VALUE;
    let memory = host.memory.data_mut(&mut host.store);
    let lies = u32::from_le_bytes(memory[report..report + 4].try_into().unwrap()) as usize;
    memory[lies..lies + 5].copy_from_slice(b"bytes");
    assert_eq!(host.execute("print(open('/work/folder/file').read())"), 0);
    assert_eq!(host.stream("stdout"), "bytes\n");
    assert_eq!(one(host, "file_read", b"/work/folder/file"), 0);
    assert_eq!(host.capture(VALUE), b"bytes");
    assert_eq!(one(host, "file_list", b"folder"), 0);
    let mut listed = [5u64.to_le_bytes(), [4, 0, 0, 0, 4, 0, 0, 0]].concat();
    listed.extend(b"file");
    assert_eq!(host.capture(VALUE), listed);
    assert_eq!(one(host, "file_create_dir", b"a/b/c"), 0);
    assert_eq!(one(host, "file_create_dir", b"a/b/c"), 0, "it may be there");
    assert_eq!(one(host, "file_remove", b"a"), 0);
    assert_eq!(one(host, "file_remove", b"a"), NOT_FOUND);
    assert_eq!(host.call::<(), i32>("get_exit_code", ()), 1);

    assert_eq!(make(host, b"folder", 1), IS_DIRECTORY);
    assert_eq!(make(host, b"/usr/x", 1), READ_ONLY);
    assert_eq!(make(host, b"huge", -1), TOO_LARGE);
    host.call::<_, ()>("impose", (10 << 20, -1, 0, 0));
    let full = (0..8).map(|i| make(host, format!("big{i}").as_bytes(), 1 << 30));
    assert_eq!(full.last(), Some(NO_SPACE));
    for i in 0..8 {
        one(host, "file_remove", format!("big{i}").as_bytes());
    }
    let mount = |host: &mut Host, path: &[u8], number: i32| {
        let (address, len) = host.put(path);
        host.call::<_, i32>("file_mount", (address, len, number))
    };
    assert_eq!(
        mount(host, b"/mnt", 3),
        0,
        "and nothing asks for what is in it"
    );
    assert_eq!(mount(host, b"/mnt", 3), 0);
    assert_eq!(mount(host, b"/mnt", 4), BUSY);
    assert_eq!(mount(host, b"/", 3), BUSY);
    assert_eq!(mount(host, b"/usr", 3), READ_ONLY);
    assert_eq!(mount(host, b"/work/folder", 3), NOT_EMPTY);
    assert_eq!(mount(host, b"/other", -1), INVALID);
    assert_eq!(mount(host, b"", 3), NOT_FOUND);
    assert_eq!(mount(host, &[b'm'; 5000], 3), NAME_TOO_LONG);
    assert_eq!(one(host, "file_read", b"/mnt/x"), MOUNTED);
    for export in ["file_read", "file_list", "file_remove", "file_create_dir"] {
        assert_eq!(one(host, export, b""), NOT_FOUND, "{export}");
        assert_eq!(one(host, export, b"a\0b"), INVALID, "{export}");
        assert_eq!(one(host, export, &[b'x'; 256]), NAME_TOO_LONG, "{export}");
        assert_eq!(one(host, export, &[b'/'; 5000]), NAME_TOO_LONG, "{export}");
        let end = host.memory.data_size(&host.store) as i64 as i32;
        for (address, len) in [(end, 1), (-1, 1), (-1, -1), (8, -1)] {
            let code = host.call::<_, i32>(export, (address, len));
            assert!(code == OUTSIDE_MEMORY || len == -1, "{export} {code}");
            let code = host.call::<_, i32>("file_mount", (address, len, 1));
            assert!(code == OUTSIDE_MEMORY || len == -1, "{export} {code}");
            let code = host.call::<_, i32>("file_write", (address, len, 1));
            assert!(code == OUTSIDE_MEMORY || len == -1, "{export} {code}");
        }
    }
    assert_eq!(host.call::<(), i32>("heap_check", ()), 1);
}

fn map(host: &mut Host) {
    let map = host.call::<(), i32>("get_memory_map", ()) as usize;
    let words = |host: &mut Host| -> Vec<u32> {
        let bytes = &host.memory.data(&host.store)[map..map + 24];
        let words = bytes.chunks_exact(4);
        words
            .map(|four| u32::from_le_bytes(four.try_into().unwrap()))
            .collect()
    };
    assert_eq!(words(host), [0; 6], "no snapshot was taken");
    let old: i32 = host.call("alloc", (8,));
    assert_eq!(host.call::<(), i32>("settle_snapshot", ()), 0);
    let words = words(host);
    let [
        stack_start,
        stack_end,
        data_start,
        data_end,
        heap_start,
        sealed_end,
    ] = words[..]
    else {
        panic!("{words:?}");
    };
    assert!(words.is_sorted(), "{words:x?}");
    assert!(stack_end - stack_start >= 1 << 20, "{words:x?}");
    // The map itself is static data; what was allocated before lies below the seal, and what comes after above.
    assert!((data_start..data_end).contains(&(map as u32)), "{words:x?}");
    assert!(
        (heap_start..sealed_end).contains(&(old as u32)),
        "{words:x?}"
    );
    let new: i32 = host.call("alloc", (8,));
    assert!(new as u32 >= sealed_end, "{new:x} {words:x?}");
}

/// A small generator of its own, so that a failure repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Random allocations never overlap, keep their bytes, and leave a sound heap; so do
/// programs that resize, copy and drop objects of all sizes.
fn memory(host: &mut Host) {
    let mut dice = Dice(42);
    let mut alive: Vec<(i32, usize, u8)> = Vec::new();
    for round in 0..20_000 {
        if alive.len() > 400 || (!alive.is_empty() && dice.roll(2) == 0) {
            let (address, len, mark) = alive.swap_remove(dice.roll(alive.len() as u64) as usize);
            let bytes = &host.memory.data(&host.store)[address as usize..][..len];
            assert!(
                bytes.iter().all(|byte| *byte == mark),
                "round {round}: bytes were overwritten"
            );
            host.call::<_, ()>("dealloc", (address, len as i32));
            continue;
        }
        let len = match dice.roll(10) {
            0..6 => dice.roll(600),
            6..9 => dice.roll(20_000),
            _ => dice.roll(400_000),
        } as usize;
        let address: i32 = host.call("alloc", (len as i32,));
        assert!(address != 0 && address % 8 == 0, "round {round}");
        let mark = dice.roll(256) as u8;
        host.memory.data_mut(&mut host.store)[address as usize..][..len].fill(mark);
        alive.push((address, len, mark));
        if round % 1000 == 0 {
            assert_eq!(host.call::<(), i32>("heap_check", ()), 1, "round {round}");
        }
    }
    for (address, len, _) in alive {
        host.call::<_, ()>("dealloc", (address, len as i32));
    }
    for program in [
        "x = [bytearray(i * 37 % 9000) for i in range(5000)]\nfor b in x: b.extend(b'y' * len(b))\ndel x[::3]",
        "s = ''\nfor i in range(20000): s += str(i)\nd = {i: s[:i % 700] for i in range(20000)}\nd.clear()",
        "import array\na = array.array('d')\nfor i in range(200000): a.append(i)\ndel a[1000:]\na.extend(a)",
        "import decimal, json, re, zlib, sqlite3\nzlib.compress(json.dumps(list(range(50000))).encode())\n\
         decimal.getcontext().prec = 5000\ndecimal.Decimal(2).sqrt()\nc = sqlite3.connect(':memory:')\n\
         c.execute('create table t(x)')\nc.executemany('insert into t values (?)', [('z' * (i % 999),) for i in range(5000)])",
        "x = [None] * 10\nwhile True:\n  try: x = [x, bytes(len(x) and 60 << 20)]\n  except MemoryError: break\n  if len(repr(type(x))) < 0: break\n  if sum(1 for _ in range(3)) and id(x) > 1 << 29: break",
    ] {
        assert_eq!(
            host.execute(program),
            0,
            "{program}: {}",
            host.stream("stderr")
        );
        assert_eq!(host.call::<(), i32>("heap_check", ()), 1, "after {program}");
    }
}
