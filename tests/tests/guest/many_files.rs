//! Folders of any size.

use hatchery_tests::{runtime, stdout};

use crate::sandbox;

/// Makes, finds, lists and removes so many files, and prints how long that took.
const WORK: &str = "
import os, time
def work(count):
    begun = time.perf_counter()
    os.mkdir('many')
    for i in range(count): open(f'many/file-{i}', 'w').close()
    for i in range(count): assert os.path.exists(f'many/file-{i}')
    assert not os.path.exists('many/file-x')
    assert len(set(os.listdir('many'))) == count
    assert sum(entry.is_file() for entry in os.scandir('many')) == count
    for i in range(count): os.rename(f'many/file-{i}', f'many/renamed-{i}')
    for i in range(0, count, 2): os.unlink(f'many/renamed-{i}')
    for entry in os.scandir('many'): os.unlink(entry.path)
    os.rmdir('many')
    return time.perf_counter() - begun
";

#[test]
fn a_folder_of_twenty_thousand_files_takes_no_square_of_their_number() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(std::time::Duration::from_secs(600))
        .build()
        .unwrap();
    // Ten times as many take ten times as long, and would take up to a hundred times.
    let program =
        format!("{WORK}\nfew = min(work(2_000) for _ in range(3)); print(work(20_000) / few)");
    let ratio: f64 = stdout(&mut sandbox, &program).trim().parse().unwrap();
    assert!(ratio < 30.0, "{ratio}");
}

#[test]
fn a_listing_survives_what_happens_to_its_folder() {
    let program = "
import os, random
random.seed(3)
os.mkdir('d')
names = [f'{i}-' + 'x' * (i % 90) for i in range(3000)]
for name in names: open('d/' + name, 'w').close()
# Removed while they are listed: those that are left are seen once each.
seen, gone = [], set()
for entry in os.scandir('d'):
    seen.append(entry.name)
    for name in random.sample(names, 3):
        if name not in gone:
            gone.add(name)
            os.unlink('d/' + name)
assert len(seen) == len(set(seen)), 'a name came twice'
assert set(names) - gone <= set(seen), 'a name was passed over'
assert set(os.listdir('d')) == set(names) - gone
# Others added meanwhile.
for entry in os.scandir('d'):
    if len(gone) > 1500: open('d/' + gone.pop(), 'w').close()
for name in os.listdir('d'): os.unlink('d/' + name)
assert os.listdir('d') == []
os.rmdir('d')
print('done')
";
    assert_eq!(stdout(&mut sandbox(), program), "done\n");
}

#[test]
fn names_that_share_a_hash_are_told_apart() {
    // FNV-1a, as the guest has it; by the birthday paradox some of these collide in 32 bits.
    let program = "
def fnv(name):
    h = 2166136261
    for byte in name: h = ((h ^ byte) * 16777619) & 0xffffffff
    return h
seen, pairs = {}, []
i = 0
while len(pairs) < 3 and i < 400_000:
    name = b'%x' % (i * 2654435761 % (1 << 40))
    other = seen.setdefault(fnv(name), name)
    if other != name: pairs.append((other, name))
    i += 1
import os
os.mkdir('d')
for i in range(20): open(f'd/{i}', 'w').close()
for pair in pairs:
    for name in pair: open(b'd/' + name, 'wb').write(name)
for pair in pairs:
    for name in pair: assert open(b'd/' + name, 'rb').read() == name
    os.unlink(b'd/' + pair[0])
    assert not os.path.exists(b'd/' + pair[0]) and open(b'd/' + pair[1], 'rb').read() == pair[1]
print(len(pairs) > 0)
";
    assert_eq!(stdout(&mut sandbox(), program), "True\n");
}
