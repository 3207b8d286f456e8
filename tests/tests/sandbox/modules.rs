use crate::{builder, sandbox};
use hatchery::Error;
use hatchery_tests::stdout;

#[test]
fn installed_modules_are_imported_like_any_other() {
    let mut sandbox = sandbox();
    sandbox
        .install_module("greet", "def hello(): return 'hello from ' + __name__")
        .unwrap();
    sandbox
        .install_module("shop.goods.fruit", "kind = 'pear'")
        .unwrap();
    let program = "import greet, shop.goods.fruit\nfrom shop.goods import fruit
print(greet.hello(), greet.__file__)\nprint(fruit.kind, shop.goods.__name__, fruit.__package__ != '')";
    assert_eq!(
        stdout(&mut sandbox, program),
        "hello from greet <memory>/greet.py\npear shop.goods True\n"
    );
    sandbox
        .install_module("greet", "def hello(): return 'again'")
        .unwrap();
    assert_eq!(
        stdout(&mut sandbox, "import greet\nprint(greet.hello())"),
        "again\n"
    );
    sandbox.uninstall_module("greet").unwrap();
    let output = sandbox.execute("import greet").unwrap();
    assert_eq!(output.exception.unwrap().type_name, "ModuleNotFoundError");
    sandbox.uninstall_module("shop").unwrap();
    assert_eq!(
        sandbox.execute("import shop.goods").unwrap().exit_code,
        1,
        "with what is in it"
    );
}

#[test]
fn a_module_that_fails_is_not_installed_and_says_why() {
    let mut sandbox = sandbox();
    let failed = sandbox.install_module("bad", "x = 1\nraise RuntimeError('half way')");
    match failed {
        Err(Error::Python { exception, .. }) => {
            assert_eq!(exception.message, "half way");
            assert_eq!(exception.frames.last().unwrap().file, "<memory>/bad.py");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(sandbox.execute("import bad").unwrap().exit_code, 1);
    for name in ["", "not a name", "a..b", "1st"] {
        assert!(
            matches!(sandbox.install_module(name, ""), Err(Error::Python { .. })),
            "{name:?}"
        );
    }
    assert!(
        matches!(sandbox.uninstall_module("json"), Err(Error::Python { .. })),
        "it was not installed"
    );
}

#[test]
fn modules_of_the_builder_are_there_from_the_start_and_after_resets() {
    let mut sandbox = builder()
        .module("base", "n = 1")
        .module("pkg.top", "import base\nm = base.n + 1")
        .build()
        .unwrap();
    for _ in 0..2 {
        assert_eq!(
            stdout(
                &mut sandbox,
                "import pkg.top, base\nprint(pkg.top.m)\nbase.n = 50"
            ),
            "2\n"
        );
        sandbox.install_module("mine", "").unwrap();
        sandbox.reset().unwrap();
        assert_eq!(sandbox.execute("import mine").unwrap().exit_code, 1);
        sandbox.reset().unwrap();
    }
    let mut broken = builder().module("bad", "1 / 0").build().unwrap();
    assert!(matches!(
        broken.execute("print(1)"),
        Err(Error::Python { .. })
    ));
}
