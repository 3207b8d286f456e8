//! A loss of power after any step of a store's, with the harshest of what may be left on the disk.
//!
//! The store works on a real folder while its changes are recorded. Then each prefix of the record is played back onto a
//! model of a disk, which knows what was synced; whatever was not is lost, or kept in part. What is left becomes a real
//! folder again, and a store that opens it must have each session whole as it was said to be stored.

use super::Folder;
use super::disk::{Disk, Files};
use crate::store::{SessionKey, StoreError};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Session = Option<Vec<u8>>;

#[derive(Debug, Clone, PartialEq)]
enum Step {
    MakeFolder(PathBuf),
    Create(PathBuf, Vec<u8>),
    SyncFile(PathBuf),
    Rename(PathBuf, PathBuf),
    RemoveFile(PathBuf),
    RemoveFolder(PathBuf),
    SyncFolder(PathBuf),
    /// From here on the session may be this.
    Begins(SessionKey, Session),
    /// From here on it has to be.
    Says(SessionKey, Session),
}

/// The file system without the waiting: what a check does need not outlast anything.
struct Hasty;

impl Files for Hasty {
    type File = File;

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        Disk.make_folder(path)
    }

    fn create(&self, path: &Path, parts: &[&[u8]]) -> io::Result<File> {
        Disk.create(path, parts)
    }

    fn sync_file(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        Disk.remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Disk.remove_folder(path)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// Does what it is told and writes it down, except for what it leaves out.
struct Recorder {
    base: PathBuf,
    steps: Arc<Mutex<Vec<Step>>>,
    leaves_out: fn(&Step) -> bool,
}

impl Recorder {
    fn note(&self, step: Step) {
        if !(self.leaves_out)(&step) {
            self.steps.lock().push(step);
        }
    }

    fn path(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.base)
            .map_or_else(|_| PathBuf::from("outside"), Path::to_owned)
    }
}

impl Files for Recorder {
    type File = (File, PathBuf);

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        Disk.make_folder(path)?;
        self.note(Step::MakeFolder(self.path(path)));
        Ok(())
    }

    fn create(&self, path: &Path, parts: &[&[u8]]) -> io::Result<Self::File> {
        let file = Disk.create(path, parts)?;
        self.note(Step::Create(self.path(path), parts.concat()));
        Ok((file, self.path(path)))
    }

    fn sync_file(&self, file: &Self::File) -> io::Result<()> {
        Disk.sync_file(&file.0)?;
        self.note(Step::SyncFile(file.1.clone()));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)?;
        self.note(Step::Rename(self.path(from), self.path(to)));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        Disk.remove_file(path)?;
        self.note(Step::RemoveFile(self.path(path)));
        Ok(())
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Disk.remove_folder(path)?;
        self.note(Step::RemoveFolder(self.path(path)));
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        Disk.sync_folder(path)?;
        let path = self.path(path);
        if path != Path::new("outside") {
            self.note(Step::SyncFolder(path));
        }
        Ok(())
    }
}

type Names = BTreeMap<OsString, usize>;

/// A file or a folder: what it is, and what is on the disk of it.
#[derive(Debug, Clone)]
enum Node {
    File { now: Vec<u8>, synced: Vec<u8> },
    Folder { now: Names, history: Vec<Names> },
}

/// A disk with one folder, which is there for good.
struct Model {
    nodes: Vec<Node>,
}

impl Model {
    fn new() -> Self {
        Self {
            nodes: vec![Self::folder()],
        }
    }

    fn folder() -> Node {
        Node::Folder {
            now: Names::new(),
            history: vec![Names::new()],
        }
    }

    fn find(&self, path: &Path) -> usize {
        path.iter()
            .fold(0, |folder, name| match &self.nodes[folder] {
                Node::Folder { now, .. } => now[name],
                Node::File { .. } => panic!("{path:?} leads through a file"),
            })
    }

    fn change(
        &mut self,
        path: &Path,
        change: impl FnOnce(&mut Names, OsString) -> Option<usize>,
    ) -> Option<usize> {
        let folder = self.find(path.parent().unwrap());
        let Node::Folder { now, history } = &mut self.nodes[folder] else {
            panic!("{path:?} is in a file");
        };
        let changed = change(now, path.file_name().unwrap().to_owned());
        history.push(now.clone());
        changed
    }

    fn add(&mut self, path: &Path, node: Node) {
        let id = self.nodes.len();
        self.nodes.push(node);
        self.change(path, |names, name| names.insert(name, id));
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::MakeFolder(path) => self.add(path, Self::folder()),
            Step::Create(path, bytes) => {
                let (now, synced) = (bytes.clone(), Vec::new());
                self.add(path, Node::File { now, synced });
            }
            Step::SyncFile(path) => {
                let file = self.find(path);
                if let Node::File { now, synced } = &mut self.nodes[file] {
                    synced.clone_from(now);
                }
            }
            Step::Rename(from, to) => {
                let id = self.change(from, |names, name| names.remove(&name));
                self.change(to, |names, name| names.insert(name, id.unwrap()));
            }
            Step::RemoveFile(path) | Step::RemoveFolder(path) => {
                self.change(path, |names, name| names.remove(&name));
            }
            Step::SyncFolder(path) => {
                let folder = self.find(path);
                if let Node::Folder { now, history } = &mut self.nodes[folder] {
                    *history = vec![now.clone()];
                }
            }
            Step::Begins(..) | Step::Says(..) => {}
        }
    }

    /// Makes a real folder of what is left. `dice` says how many of a folder's changes that were not synced are there, out
    /// of so many, and how many bytes of a file.
    fn leave(&self, id: usize, path: &Path, dice: &mut dyn FnMut(usize) -> usize) {
        match &self.nodes[id] {
            Node::File { now, synced } => {
                let is_synced = now == synced;
                let left = if is_synced {
                    now.len()
                } else {
                    dice(now.len())
                };
                fs::write(path, &now[..left]).unwrap();
            }
            Node::Folder { history, .. } => {
                if !path.is_dir() {
                    Disk.make_folder(path).unwrap();
                }
                let left = dice(history.len() - 1);
                for (name, id) in &history[left] {
                    self.leave(*id, &path.join(name), dice);
                }
            }
        }
    }
}

const STORE: &str = "made/for/it";

fn key(tenant: &str, session: &str) -> SessionKey {
    SessionKey::new(tenant, session).unwrap()
}

/// What a service does with a store in two processes' lives, as it was recorded.
fn record(leaves_out: fn(&Step) -> bool) -> Vec<Step> {
    let dir = tempfile::tempdir().unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let open = || {
        let recorder = Recorder {
            base: dir.path().to_owned(),
            steps: steps.clone(),
            leaves_out,
        };
        Folder::open(dir.path().join(STORE), recorder).unwrap()
    };
    let mut versions = HashMap::new();
    let mut put = |store: &Folder<Recorder>, key: SessionKey, text: &str| {
        let session = Some(text.repeat(40).into_bytes());
        steps
            .lock()
            .push(Step::Begins(key.clone(), session.clone()));
        let expected = versions.get(&key);
        let version = store.store(&key, session.as_ref().unwrap(), expected);
        versions.insert(key.clone(), version.unwrap());
        steps.lock().push(Step::Says(key, session));
    };
    let store = open();
    put(&store, key("ana", "one"), "first ");
    put(&store, key("ana", "one"), "second ");
    put(&store, key("ana", "two"), "first ");
    put(&store, key("ben", "one"), "first ");
    drop(store);
    // A process that was killed has made a folder and has not synced it.
    let cleo = PathBuf::from(STORE).join("cleo");
    Disk.make_folder(&dir.path().join(&cleo)).unwrap();
    steps.lock().push(Step::MakeFolder(cleo));
    // What the next process removes of the last one's it removes without the recorder, and nobody misses it.
    steps
        .lock()
        .push(Step::RemoveFolder(PathBuf::from(STORE).join(".new")));
    let store = open();
    put(&store, key("cleo", "one"), "first ");
    for name in ["one", "two"] {
        let key = key("ana", name);
        steps.lock().push(Step::Begins(key.clone(), None));
        assert!(store.remove(&key).unwrap());
        steps.lock().push(Step::Says(key, None));
    }
    assert!(!dir.path().join(STORE).join("ana").exists(), "it is empty");
    put(&store, key("ana", "three"), "first ");
    put(&store, key("ben", "one"), "second ");
    drop(store);
    Arc::try_unwrap(steps).unwrap().into_inner()
}

/// Opens what is left after a loss of power and says what is wrong with it.
fn check(
    model: &Model,
    may_be: &HashMap<SessionKey, HashSet<Session>>,
    dice: &mut dyn FnMut(usize) -> usize,
) -> Result<(), String> {
    let dir = tempfile::tempdir().unwrap();
    model.leave(0, dir.path(), dice);
    let store = Folder::open(dir.path().join(STORE), Hasty).map_err(|error| error.to_string())?;
    let mut there = 0;
    for (key, may_be) in may_be {
        let found = store.load(key).map_err(|error| format!("{key}: {error}"))?;
        let found = found.map(|stored| stored.session.to_vec());
        if !may_be.contains(&found) {
            let found = found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            return Err(format!("{key} is {found:?}"));
        }
        let is_listed = store
            .sessions(key.tenant())
            .unwrap()
            .contains(&key.session().to_owned());
        assert_eq!(is_listed, found.is_some(), "{key}");
        there += usize::from(found.is_some());
    }
    assert_eq!(store.count().unwrap(), there, "there are others");
    // It goes on from there.
    let key = key("ana", "after");
    store.store(&key, b"whole", None).unwrap();
    assert!(matches!(
        store.store(&key, b"another", None),
        Err(StoreError::Conflict)
    ));
    Ok(())
}

/// Plays a record back, loses power after each step in several ways, and gives the first thing that is wrong.
fn lose_power_everywhere(steps: &[Step]) -> Result<(), String> {
    let mut model = Model::new();
    let mut may_be: HashMap<SessionKey, HashSet<Session>> = HashMap::new();
    let mut random = 7_u64;
    for (number, step) in steps.iter().enumerate() {
        model.take(step);
        match step {
            Step::Begins(key, session) => {
                let may_be = may_be
                    .entry(key.clone())
                    .or_insert_with(|| HashSet::from([None]));
                may_be.insert(session.clone());
            }
            Step::Says(key, session) => {
                may_be.insert(key.clone(), HashSet::from([session.clone()]));
            }
            _ => {}
        }
        let wrong = |error| format!("after step {number}, {step:?}: {error}");
        check(&model, &may_be, &mut |_| 0).map_err(wrong)?;
        check(&model, &may_be, &mut |max| max).map_err(wrong)?;
        check(&model, &may_be, &mut |max| max / 2).map_err(wrong)?;
        for _ in 0..8 {
            let mut dice = |max: usize| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                usize::try_from(random % (max as u64 + 1)).unwrap()
            };
            check(&model, &may_be, &mut dice).map_err(wrong)?;
        }
    }
    Ok(())
}

#[test]
fn no_loss_of_power_takes_a_session_that_was_stored_or_halves_one() {
    let steps = record(|_| false);
    assert!(steps.len() > 40, "{steps:?}");
    lose_power_everywhere(&steps).unwrap();
}

/// The test above finds each of the syncs missing.
#[test]
fn a_sync_that_is_left_out_is_found_out() {
    fn syncs(step: &Step, path: &str) -> bool {
        matches!(step, Step::SyncFolder(folder) if folder == Path::new(path))
    }
    type LeavesOut = fn(&Step) -> bool;
    let left_out: [(&str, LeavesOut); 5] = [
        ("of the session", |step| matches!(step, Step::SyncFile(_))),
        ("of the tenant's folder", |step| {
            syncs(step, "made/for/it/ana")
        }),
        ("of the store's folder", |step| syncs(step, "made/for/it")),
        ("of the folder above", |step| syncs(step, "made/for")),
        ("of the folder above that", |step| syncs(step, "")),
    ];
    for (which, leaves_out) in left_out {
        let steps = record(leaves_out);
        assert!(lose_power_everywhere(&steps).is_err(), "the sync {which}");
    }
}
