//! A reinforcement-learning environment that forks: the game's whole state is a Python session, and looking ahead is
//! trying every action in a fork of it.
//!
//! A beam search plays a small game: from 1 to a number, by doubling and by adding 3.

#![forbid(unsafe_code)]

use hatchery::{Runtime, Sandbox};

/// The environment, as its author wrote it. It could be any Python, with generators and open files in the middle.
const GAME: &str = "
class Game:
    def __init__(self, goal):
        self.goal, self.number, self.moves = goal, 1, []
    def step(self, action):
        self.number = self.number * 2 if action == 'double' else self.number + 3
        self.moves.append(action)
        distance = abs(self.goal - self.number)
        return -distance, distance == 0
game = Game(goal=49)
";
const ACTIONS: [&str; 2] = ["double", "add"];
const BEAM: usize = 8;
const DEPTH_MAX: usize = 12;

struct Branch {
    state: Sandbox,
    reward: f64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::new()?;
    let mut root = runtime.sandbox()?;
    root.execute(GAME)?;
    let mut beam = vec![Branch {
        state: root,
        reward: f64::MIN,
    }];
    let mut forks = 0;
    for depth in 1..=DEPTH_MAX {
        let mut next = Vec::new();
        for branch in &mut beam {
            // Each fork costs what the branch has written, some microseconds.
            for (mut state, action) in branch.state.fork(ACTIONS.len())?.into_iter().zip(ACTIONS) {
                forks += 1;
                let (reward, is_done): (f64, bool) = state.call("game.step", (action,))?.value;
                if is_done {
                    let moves: Vec<String> = state.eval("game.moves")?.value;
                    println!("{} after {depth} moves and {forks} forks", moves.join(" "));
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
    Err(format!("not reached: the best reward was {best:?}").into())
}
