//! Times as texts, the time that a program uses, and names of locales: each line of output is what CPython prints on
//! Linux.

use std::time::Duration;

use hatchery::Clock;
use hatchery_tests::{runtime, stdout};

use crate::sandbox;

#[test]
fn texts_of_times_are_those_of_linux() {
    let program = "
import datetime, time
d = datetime.datetime(2024, 3, 5, 9, 7, 3, 42, tzinfo=datetime.timezone.utc)
for text in ('%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j', '%k %l %m %M %p %P %r %R %s %S %T %u %U %V %w %W %x %X %y %Y %%',
             '%-d/%-m/%-H:%-M|%_d|%_m|%05d|%5d|%_5d|%-5d|%^a|%^B|%#p|%#a|%10A|%010A|%^10b|%-y|%_j|%-j|%3Y|%06Y|%_6Y',
             'due %Y, 50%q done|%E|%Ey|%Od|%OY|%Q|100%', '%l:%M %P', '%5', '%-', '%+', '%10F|%10%|%^p|%-I|%-l|%-e|%0e|%_I',
             '%Ec %Ex %EX %EC %EY %OH %OI %OM %OS %Ou %OU %OV %Ow %OW %Oy %Oe %Om %OB %Ob', '%f %z %Z', '', 'ü%d日'):
    print(d.strftime(text), end=';')
    if '%f' not in text: assert time.strftime(text, d.timetuple()) == d.strftime(text), text
print()
for y, m, day in ((2020, 12, 31), (2021, 1, 1), (2021, 1, 4), (2015, 12, 31), (2016, 1, 3), (2000, 1, 1), (2024, 12, 30), (9999, 12, 31), (2026, 12, 31)):
    print(datetime.date(y, m, day).strftime('%G-W%V-%u %g %U %W %j'), end=';')
print(time.strftime('%5d|%5Y|%Y|%C|%3y|%5e|%_3H|%4G|%12j|%-10j|%05p|%5%|%03C|%_3C', (99, 1, 1, 0, 0, 0, 0, 1, 0)))
print(datetime.datetime.strptime(d.strftime('%c'), '%c').day, len(time.strftime('%1000d')), f'{d:%-d %b}')
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "Tue Tuesday Mar March Tue Mar  5 09:07:03 2024 20 05 03/05/24  5 2024-03-05 24 2024 Mar 09 09 065; \
         9  9 03 07 AM am 09:07:03 AM 09:07 1709629623 03 09:07:03 2 09 10 2 10 03/05/24 09:07:03 24 2024 %;\
         5/3/9:7| 5| 3|00005|00005|    5|    5|TUE|MARCH|am|TUE|   Tuesday|000Tuesday|       MAR|24| 65|65|2024|002024|  2024;\
         due 2024, 50%q done|%E|24|05|%OY|%Q|100%; 9:07 am;   %5;%-;%+;2024-03-05|         %|AM|9|9|5|05| 9;\
         Tue Mar  5 09:07:03 2024 03/05/24 09:07:03 20 2024 09 09 07 03 2 09 10 2 10 24  5 03 March Mar;000042 +0000 UTC;;ü05日;\n\
         2020-W53-4 20 52 52 366;2020-W53-5 20 00 00 001;2021-W01-1 21 01 01 004;2015-W53-4 15 52 52 365;2015-W53-7 15 01 00 003;\
         1999-W52-6 99 00 00 001;2025-W01-1 25 52 53 365;9999-W52-5 99 52 52 365;2026-W53-4 26 52 52 365;\
         00001|00099|99|0|099|    1|  0|0099|000000000001|         1|000AM|    %|000|  0\n5 1000 5 Mar\n"
    );
}

#[test]
fn locales_that_are_not_there_are_refused() {
    let program = "
import locale
def set(name, category=locale.LC_ALL):
    try: return locale.setlocale(category, name)
    except locale.Error as error: return str(error)
print(set(None, locale.LC_CTYPE), set(None, locale.LC_NUMERIC))
print([set(name) for name in ('C', 'POSIX', 'C.UTF-8', '', 'en_US.UTF-8', 'de_DE', 'nope', 'C.ISO8859-1')])
print(set('C', locale.LC_NUMERIC), set(None, locale.LC_NUMERIC), set(None, locale.LC_TIME), set(None) == set(set(None)), set('LC_TIME=nope;LC_CTYPE=C'))
print(set(('de_DE', 'UTF-8')), locale.getlocale(), locale.localeconv()['decimal_point'], locale.getpreferredencoding(), locale.format_string('%.2f', 1234.5, grouping=True))
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "C.UTF-8 C\n['C', 'C', 'C.UTF-8', 'C.UTF-8', 'unsupported locale setting', 'unsupported locale setting', \
         'unsupported locale setting', 'unsupported locale setting']\n\
         C C C.UTF-8 True unsupported locale setting\nunsupported locale setting ('C', 'UTF-8') . utf-8 1234.50\n"
    );
}

#[test]
fn the_time_that_a_program_uses_begins_at_zero_and_grows() {
    let program = "
import os, time
first, times = time.process_time(), os.times()
print(0 <= first < 2, 0 <= times.user < 2, times.elapsed >= 0)
sum(range(3_000_000)); used = time.process_time() - first; print(0.005 < used < 10, time.process_time_ns() / 1e9 >= used)
before = time.process_time(); time.sleep(0.3); print(time.process_time() - before < 0.2)
print(time.thread_time() > 0, time.get_clock_info('process_time').monotonic)
";
    let mut sandbox = sandbox();
    assert_eq!(
        stdout(&mut sandbox, program),
        "True True True\nTrue True\nTrue\nTrue True\n"
    );
    stdout(&mut sandbox, "kept = time.process_time()");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(
        stdout(
            &mut sandbox,
            "print(0 <= time.process_time() - kept < 0.25)"
        ),
        "True\n"
    );
    let mut woken = runtime().resume(sandbox.hibernate().unwrap()).unwrap();
    assert_eq!(
        stdout(&mut woken, "print(time.process_time() >= kept)"),
        "True\n"
    );
    let mut late = crate::sandbox();
    let shown = stdout(
        &mut late,
        "sum(range(3_000_000))\nimport time; print(time.process_time())",
    );
    assert!(shown.trim().parse::<f64>().unwrap() > 0.005, "{shown}");
}

#[test]
fn with_a_fixed_clock_the_used_time_is_what_was_slept() {
    let fixed = || {
        let clock = Clock::Fixed(std::time::SystemTime::UNIX_EPOCH);
        let mut sandbox = runtime().sandbox_builder().clock(clock).build().unwrap();
        stdout(
            &mut sandbox,
            "import time; print(time.process_time()); time.sleep(2); print(time.process_time())",
        )
    };
    assert_eq!(fixed(), "0.0\n2.0\n");
}
