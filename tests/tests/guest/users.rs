//! The one user: who programs are, wherever they ask.

use hatchery_tests::stdout;

use crate::sandbox;

#[test]
fn all_ways_to_ask_name_the_same_user() {
    let program = "
import getpass, grp, os, pathlib, pwd
user = pwd.getpwuid(os.getuid())
print(user.pw_name, user.pw_uid, user.pw_gid, user.pw_dir, user == pwd.getpwnam('user') and user in pwd.getpwall(), tuple(user)[2])
print(getpass.getuser(), os.getlogin(), os.environ['USER'], os.environ['LOGNAME'], pathlib.Path.home(), os.path.expanduser('~/x'), os.environ['HOME'])
print(os.geteuid(), os.getgid(), os.getegid(), os.getgroups(), os.getresuid(), os.getresgid(), grp.getgrgid(os.getgid()), grp.getgrnam('user').gr_mem)
print(pathlib.Path('/work').owner(), pathlib.Path('/work').group(), pathlib.Path('/usr').owner(), os.stat('/work').st_uid, os.path.expanduser('~root'), os.path.expanduser('~nobody'))
for ask in (lambda: pwd.getpwnam('nobody'), lambda: pwd.getpwuid(7), lambda: grp.getgrgid(7), lambda: grp.getgrnam(''), lambda: pwd.getpwuid('x'), lambda: pwd.getpwuid(0.5), lambda: pwd.getpwuid(1 << 64), lambda: pwd.getpwuid(-2), lambda: pwd.getpwnam('a\\0b'), lambda: grp.getgrnam('\\udcff'), lambda: grp.getgrnam(b'root')):
    try: print(ask())
    except (KeyError, TypeError, ValueError) as error: print(type(error).__name__, error)
home = pathlib.Path.home(); print(home.is_dir(), list(home.iterdir()), oct(home.stat().st_mode))
(home / '.config').mkdir(); (home / '.config/tool.ini').write_text('x'); print(os.path.exists(os.path.expanduser('~/.config/tool.ini')))
print(os.getpid() == os.getpgrp() == os.getpgid(0) == os.getsid(0), os.getppid(), os.nice(0), len(os.getloadavg()))
del os.environ['HOME'], os.environ['USER'], os.environ['LOGNAME']; print(pathlib.Path.home(), getpass.getuser())
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "user 1000 1000 /home/user True 1000\nuser user user user /home/user /home/user/x /home/user\n\
         1000 1000 1000 [1000] (1000, 1000, 1000) (1000, 1000, 1000) grp.struct_group(gr_name='user', gr_passwd='x', gr_gid=1000, gr_mem=[]) []\n\
         user user root 1000 /root ~nobody\n\
         KeyError \"getpwnam(): name not found: 'nobody'\"\nKeyError 'getpwuid(): uid not found: 7'\n\
         KeyError 'getgrgid(): gid not found: 7'\nKeyError \"getgrnam(): name not found: ''\"\nTypeError uid should be integer, not str\n\
         TypeError uid should be integer, not float\nKeyError 'getpwuid(): uid not found'\nKeyError 'getpwuid(): uid not found'\n\
         ValueError embedded null byte\n\
         KeyError \"getgrnam(): name not found: '\\\\udcff'\"\nTypeError getgrnam() argument 'name' must be str, not bytes\n\
         True [] 0o40755\nTrue\nTrue 1 0 3\n/home/user user\n"
    );
}

#[test]
fn the_home_folder_is_the_sandboxs_own() {
    let mut sandbox = sandbox();
    sandbox.write_file("/home/user/.netrc", "given").unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "import os\nprint(open(os.path.expanduser('~/.netrc')).read())"
        ),
        "given\n"
    );
    sandbox.reset().unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "import os\nprint(os.listdir(os.path.expanduser('~')))"
        ),
        "[]\n"
    );
}

#[test]
fn limits_and_terminals_are_what_programs_make_do_with() {
    let program = "
import os, resource, shutil, sys, termios, tty
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 100, resource.getrlimit(resource.RLIMIT_AS) == (resource.RLIM_INFINITY,) * 2)
usage = resource.getrusage(resource.RUSAGE_SELF); print(usage.ru_maxrss > 1000, usage.ru_utime >= 0, usage[0] == usage.ru_utime)
resource.setrlimit(resource.RLIMIT_CPU, (10, 20)); print(resource.getrlimit(resource.RLIMIT_CPU))
def fails(function, *args):
    try: function(*args)
    except Exception as error: return type(error).__name__, str(error)
print(fails(resource.setrlimit, resource.RLIMIT_CPU, (10, 30)), fails(resource.setrlimit, resource.RLIMIT_CPU, (30, 20)), fails(resource.getrlimit, 99))
print(fails(termios.tcgetattr, 0)[0], fails(termios.tcgetattr, sys.stdin)[1][-32:], fails(tty.setraw, 0)[0], fails(termios.tcgetattr, 'x')[0], issubclass(termios.error, OSError))
print(fails(os.get_terminal_size)[0], tuple(shutil.get_terminal_size()), os.isatty(0), sys.stdout.isatty())
import fcntl; print(fails(fcntl.ioctl, 1, termios.TIOCGWINSZ, bytes(8))[0])
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "True True\nTrue True True\n(10, 20)\n('ValueError', 'not allowed to raise maximum limit') \
         ('ValueError', 'current limit exceeds maximum limit') ('ValueError', 'invalid resource specified')\n\
         error Inappropriate ioctl for device') error TypeError False\nOSError (80, 24) False False\nOSError\n"
    );
}
