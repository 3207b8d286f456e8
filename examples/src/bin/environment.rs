//! A reinforcement-learning environment that forks: the game's whole state is a Python session, and looking ahead is
//! trying every action in a fork of it.
//!
//! A beam search plays a small game: from 1 to a number, by doubling, by adding 3, and by halving what is even.

#![forbid(unsafe_code)]

use hatchery::{Runtime, Sandbox};
use std::time::Duration;

/// The environment, as its author wrote it. It could be any Python, with generators and open files in the middle.
const GAME: &str = "
class Game:
    def __init__(self, goal):
        self.goal, self.number, self.moves = goal, 1, []
    def step(self, action):
        match action:
            case 'double': self.number *= 2
            case 'add': self.number += 3
            case 'halve' if self.number % 2 == 0: self.number //= 2
            case _: raise ValueError(f'no {action} at {self.number}')
        self.moves.append(action)
        distance = abs(self.goal - self.number)
        return -distance, distance == 0
game = Game(goal=49)
";
const ACTIONS: [&str; 3] = ["double", "add", "halve"];
const BEAM: usize = 8;
const DEPTH_MAX: usize = 12;

struct Branch {
    state: Sandbox,
    reward: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::new()?;
    // They hold for each step of each fork.
    let builder = runtime
        .sandbox_builder()
        .timeout(Duration::from_secs(1))
        .max_memory_bytes(96 << 20);
    let mut root = builder.build()?;
    let output = root.execute(GAME)?;
    if !output.success() {
        return Err(output.stderr_text().into());
    }
    let mut beam = vec![Branch {
        state: root,
        reward: f64::MIN,
    }];
    let (mut forks, mut dead_ends) = (0, 0);
    for depth in 1..=DEPTH_MAX {
        let mut next = Vec::new();
        for branch in &mut beam {
            // Each fork costs what the branch has written, some microseconds.
            for (mut state, action) in branch.state.fork(ACTIONS.len())?.into_iter().zip(ACTIONS) {
                forks += 1;
                let (reward, is_done) = match state.call::<(f64, bool)>("game.step", (action,)) {
                    Ok(returned) => returned.value,
                    // The game raised something or was stopped: this branch ends, the search goes on.
                    Err(error) if error.output().is_some() => {
                        dead_ends += 1;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                };
                if is_done {
                    let moves: Vec<String> = state.eval("game.moves")?.value;
                    let moves = moves.join(" ");
                    println!(
                        "{moves} after {depth} moves, {forks} forks and {dead_ends} dead ends"
                    );
                    return Ok(());
                }
                next.push(Branch { state, reward });
            }
        }
        next.sort_by(|a, b| b.reward.total_cmp(&a.reward));
        next.truncate(BEAM);
        beam = next;
    }
    let best = beam.first().map(|branch| branch.reward);
    Err(format!("not reached: the best reward was {best:?}, {dead_ends} dead ends").into())
}
