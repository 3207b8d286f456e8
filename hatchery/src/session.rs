//! What a Python session is beside its guest's memory, and the bytes that say so.
//!
//! The engine stores a guest's pages and globals; this is the note that it keeps beside them. All numbers are
//! little-endian; `docs/hibernation-format.md` draws the note.

use crate::ambient::{Entropy, GuestClock};
use crate::settings::Told;
use hatchery_engine::ResumeError;
use std::time::Duration;

const VERSION: u32 = 1;
const FLAG_SETTINGS: u32 = 1;
const FLAG_FILES: u32 = 2;
const FLAG_STDIN: u32 = 4;
const FLAG_FORKED: u32 = 8;
const FLAG_SEEDED: u32 = 16;
const FLAG_ENDED: u32 = 32;
const FLAGS: u32 = FLAG_SETTINGS | FLAG_FILES | FLAG_STDIN | FLAG_FORKED | FLAG_SEEDED | FLAG_ENDED;

/// What a session is beside its guest's state.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    pub(crate) told: Told,
    /// How far a fixed clock was moved on.
    pub(crate) clock_passed: Duration,
    /// What the guest's monotonic clock said.
    pub(crate) monotonic: Duration,
    pub(crate) entropy: Entropy,
}

impl Surroundings {
    pub(crate) fn new(told: Told, clock: &GuestClock, entropy: &Entropy) -> Self {
        Self {
            told,
            clock_passed: clock.passed(),
            monotonic: clock.monotonic(),
            entropy: entropy.clone(),
        }
    }

    pub(crate) fn to_note(&self) -> Vec<u8> {
        let told = self.told;
        let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
        let position = self.entropy.position();
        let flags = flag(told.settings, FLAG_SETTINGS)
            | flag(told.files, FLAG_FILES)
            | flag(told.stdin, FLAG_STDIN)
            | flag(told.forked, FLAG_FORKED)
            | flag(told.ended, FLAG_ENDED)
            | flag(position.is_some(), FLAG_SEEDED);
        let (seed, position) = position.unwrap_or_default();
        let mut note = Vec::with_capacity(64);
        note.extend_from_slice(&VERSION.to_le_bytes());
        note.extend_from_slice(&flags.to_le_bytes());
        note.extend_from_slice(&nanoseconds(self.clock_passed).to_le_bytes());
        note.extend_from_slice(&nanoseconds(self.monotonic).to_le_bytes());
        note.extend_from_slice(&seed.to_le_bytes());
        note.extend_from_slice(&position.to_le_bytes());
        note.extend_from_slice(&told.functions);
        note
    }

    pub(crate) fn from_note(note: &[u8]) -> Result<Self, ResumeError> {
        let mut rest = note;
        let version = u32::from_le_bytes(take(&mut rest)?);
        if version != VERSION {
            return Err(ResumeError::Note);
        }
        let flags = u32::from_le_bytes(take(&mut rest)?);
        let clock_passed = Duration::from_nanos(u64::from_le_bytes(take(&mut rest)?));
        let monotonic = Duration::from_nanos(u64::from_le_bytes(take(&mut rest)?));
        let seed = u64::from_le_bytes(take(&mut rest)?);
        let position = u128::from_le_bytes(take(&mut rest)?);
        let functions = take(&mut rest)?;
        if flags & !FLAGS != 0 || !rest.is_empty() {
            return Err(ResumeError::Note);
        }
        let entropy = if flags & FLAG_SEEDED == 0 {
            Entropy::default()
        } else {
            Entropy::at_position(seed, position)
        };
        Ok(Self {
            told: Told {
                settings: flags & FLAG_SETTINGS != 0,
                files: flags & FLAG_FILES != 0,
                stdin: flags & FLAG_STDIN != 0,
                forked: flags & FLAG_FORKED != 0,
                ended: flags & FLAG_ENDED != 0,
                functions,
            },
            clock_passed,
            monotonic,
            entropy,
        })
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], ResumeError> {
    let (taken, left) = rest.split_first_chunk().ok_or(ResumeError::Note)?;
    *rest = left;
    Ok(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            told: Told {
                settings: true,
                files: false,
                stdin: true,
                forked: false,
                ended: true,
                functions: [9; 16],
            },
            clock_passed: Duration::from_secs(3),
            monotonic: Duration::from_millis(1234),
            entropy: Entropy::at_position(7, 99),
        }
    }

    #[test]
    fn a_note_is_read_back_as_it_was_written() {
        let read = Surroundings::from_note(&surroundings().to_note()).unwrap();
        assert_eq!(read.told, surroundings().told);
        assert_eq!(read.clock_passed, Duration::from_secs(3));
        assert_eq!(read.monotonic, Duration::from_millis(1234));
        assert_eq!(read.entropy.position(), Some((7, 99)));
    }

    #[test]
    fn a_note_of_another_length_version_or_flag_is_refused() {
        let note = surroundings().to_note();
        for len in 0..note.len() {
            assert!(Surroundings::from_note(&note[..len]).is_err(), "{len}");
        }
        let longer = [&note[..], b"x"].concat();
        assert!(Surroundings::from_note(&longer).is_err());
        for at in [0, 7] {
            let mut other = note.clone();
            other[at] ^= 0x80;
            assert!(Surroundings::from_note(&other).is_err(), "byte {at}");
        }
    }

    #[test]
    fn any_position_of_a_generator_is_borne() {
        let mut note = surroundings().to_note();
        for position in [u128::MAX, 1 << 68, (1 << 68) - 1, 1 << 36] {
            note[32..48].copy_from_slice(&position.to_le_bytes());
            let mut read = Surroundings::from_note(&note).unwrap();
            read.entropy.fill(&mut [0; 100]).unwrap();
        }
    }
}
