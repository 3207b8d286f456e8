use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Runs `work` for each name on `threads` threads, and `take` with what came of it on this one, as it comes.
pub fn run_all<T: Send>(
    names: &[String],
    threads: usize,
    work: impl Fn(&str) -> T + Sync,
    mut take: impl FnMut(&str, T),
) {
    let next = AtomicUsize::new(0);
    let (results, arriving) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, names.len().max(1)) {
            let (results, next, work) = (results.clone(), &next, &work);
            scope.spawn(move || {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if results.send((name, work(name))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        for (name, result) in arriving {
            take(name, result);
        }
    });
}
