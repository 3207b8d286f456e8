//! Leases under every order of their tasks' steps that a scheduler thinks of, with waits that are given up anywhere.
//!
//! ```text
//! RUSTFLAGS="--cfg shuttle" cargo test -p hatchery-pool --lib interleavings
//! ```
//!
//! `SHUTTLE_ITERATIONS` says how many orders are tried. A sandbox is a number here; all else is the pool's own.

use super::{Admission, Name, Permit};
use crate::inventory::{Claim, Group, Inventory, Room};
use shuttle::future;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Instant;

const ITERATIONS: usize = 2_000;

/// Runs `scene` under a random scheduler and under one that seeks out rare orders.
fn explore(scene: impl Fn() + Send + Sync + Copy + 'static) {
    let iterations = std::env::var("SHUTTLE_ITERATIONS")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(ITERATIONS);
    shuttle::check_random(scene, iterations);
    shuttle::check_pct(scene, iterations, 3);
}

/// A sandbox: who used it last without a strict reset since, and its room.
struct Item {
    used_by: Option<Name>,
    room: Room,
}

struct Scene {
    admission: Admission,
    inventory: Inventory<Item, ()>,
    leased: AtomicUsize,
    permits: usize,
}

impl Scene {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            admission: Admission::new(permits, Some(1)),
            inventory: Inventory::new(permits),
            leased: AtomicUsize::new(0),
            permits,
        })
    }

    /// As the pool claims a sandbox.
    fn claim(&self, name: &Name) -> Item {
        loop {
            match self
                .inventory
                .claim(0, &Group::Tenant(name.clone()), |()| false)
            {
                Claim::Clean(item) => {
                    assert_eq!(item.used_by, None, "clean is clean");
                    return item;
                }
                Claim::SameGroup(item) => {
                    assert_eq!(item.used_by.as_ref(), Some(name), "it was another tenant's");
                    return item;
                }
                Claim::OtherGroup(mut item) => {
                    item.used_by = None;
                    return item;
                }
                Claim::Build(room) => {
                    return Item {
                        used_by: None,
                        room,
                    };
                }
                Claim::Replace(item) => drop(item),
                Claim::Evict(()) => unreachable!("there are no sessions"),
                Claim::Busy => shuttle::thread::yield_now(),
            }
        }
    }

    /// A lease, from its permit to its return.
    fn lease(&self, name: &Name, permit: Permit) {
        let mut item = self.claim(name);
        let leased = self.leased.fetch_add(1, Ordering::SeqCst) + 1;
        assert!(leased <= self.permits, "{leased} leased");
        shuttle::thread::yield_now();
        self.leased.fetch_sub(1, Ordering::SeqCst);
        item.used_by = Some(name.clone());
        self.inventory
            .put_soiled(0, item, Some(Group::Tenant(name.clone())), Instant::now());
        drop(permit);
    }

    /// What the maintainer does.
    fn recycle(&self) {
        let Some(permit) = self.admission.try_acquire_spare() else {
            return;
        };
        if let Some((kind, mut item)) = self.inventory.take_soiled(Instant::now()) {
            item.used_by = None;
            self.inventory.put_clean(kind, item, Instant::now());
        }
        drop(permit);
    }

    fn check_rest_after(&self, tasks: Vec<future::JoinHandle<()>>) {
        future::block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
        let load = self.admission.load();
        assert_eq!((load.held, load.waiting), (0, 0), "a permit was lost");
        let stock = self.inventory.stock();
        assert_eq!(stock.clean + stock.soiled, stock.size, "a sandbox was lost");
        for item in self.inventory.take_idle() {
            drop(item.room);
        }
        assert_eq!(self.inventory.stock().size, 0, "a room was lost");
    }
}

/// Polls `wait` at most so many times, and gives it up then.
async fn patience<F: Future>(wait: F, mut polls: usize) -> Option<F::Output> {
    let mut wait = pin!(wait);
    std::future::poll_fn(move |context| match wait.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if polls <= 1 => Poll::Ready(None),
        Poll::Pending => {
            polls -= 1;
            // Comes again by itself, whether or not it is its turn.
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

#[test]
fn no_order_of_cancelled_waits_loses_a_permit() {
    explore(|| {
        let scene = Scene::new(1);
        let tasks: Vec<_> = ["ana", "ana", "ben"]
            .into_iter()
            .enumerate()
            .map(|(number, name)| {
                let (scene, name) = (scene.clone(), Name::from(name));
                future::spawn(async move {
                    let wait = scene.admission.acquire(&name);
                    if let Some(permit) = patience(wait, number + 1).await {
                        scene.lease(&name, permit.expect("nobody closes it"));
                    }
                })
            })
            .collect();
        scene.recycle();
        scene.check_rest_after(tasks);
    });
}

#[test]
fn nobody_who_waits_is_forgotten() {
    explore(|| {
        let scene = Scene::new(2);
        let tasks: Vec<_> = ["ana", "ana", "ben", "cleo"]
            .into_iter()
            .map(|name| {
                let (scene, name) = (scene.clone(), Name::from(name));
                future::spawn(async move {
                    let permit = scene.admission.acquire(&name).await;
                    scene.lease(&name, permit.expect("nobody closes it"));
                })
            })
            .collect();
        scene.recycle();
        scene.recycle();
        scene.check_rest_after(tasks);
    });
}

#[test]
fn a_pool_that_closes_leaves_nobody_waiting() {
    explore(|| {
        let scene = Scene::new(1);
        let tasks: Vec<_> = ["ana", "ben"]
            .into_iter()
            .map(|name| {
                let (scene, name) = (scene.clone(), Name::from(name));
                future::spawn(async move {
                    if let Ok(permit) = scene.admission.acquire(&name).await {
                        scene.lease(&name, permit);
                    }
                })
            })
            .collect();
        scene.admission.close();
        scene.check_rest_after(tasks);
    });
}

#[test]
fn a_limit_that_is_raised_leaves_nobody_waiting() {
    explore(|| {
        let scene = Scene::new(2);
        let name = Name::from("ana");
        let held = scene.admission.try_acquire(&name).expect("it is free");
        let tasks: Vec<_> = (0..2)
            .map(|_| {
                let (scene, name) = (scene.clone(), name.clone());
                future::spawn(async move {
                    let permit = scene.admission.acquire(&name).await;
                    scene.lease(&name, permit.expect("nobody closes it"));
                })
            })
            .collect();
        // Nothing is given back: only the new limit lets the two in.
        drop(scene.admission.set_limit(&name, Some(2)));
        future::block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
        drop(held);
        scene.check_rest_after(Vec::new());
    });
}

#[test]
fn a_size_that_is_raised_leaves_nobody_waiting() {
    explore(|| {
        let scene = Scene::new(2);
        scene.admission.resize(1);
        let held = scene.admission.try_acquire(&Name::from("ana"));
        let held = held.expect("it is free");
        let task = future::spawn({
            let (scene, name) = (scene.clone(), Name::from("ben"));
            async move {
                let permit = scene.admission.acquire(&name).await;
                scene.lease(&name, permit.expect("nobody closes it"));
            }
        });
        scene.admission.resize(2);
        future::block_on(task).unwrap();
        drop(held);
        scene.check_rest_after(Vec::new());
    });
}
