//! Says what is being done and how long it takes: one line when a stage begins and one when it ends. On a terminal a
//! line in between counts the seconds; elsewhere a line now and then shows that work goes on.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

const TERMINAL_EVERY: Duration = Duration::from_millis(500);
const LOG_EVERY: Duration = Duration::from_secs(30);

/// Stages of one task, some of which may run side by side.
pub struct Progress {
    total: usize,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    begun: usize,
    running: Vec<(usize, String, Instant)>,
}

impl Progress {
    /// `total` stages will come.
    pub fn new(total: usize) -> Self {
        let (state, stop) = (Arc::new(Mutex::new(State::default())), Arc::new(AtomicBool::new(false)));
        let ticker = thread::spawn({
            let (state, stop) = (Arc::clone(&state), Arc::clone(&stop));
            move || tick(&state, &stop)
        });
        Self { total, state, stop, ticker: Some(ticker) }
    }

    /// Does one stage; an error gets the stage's name.
    pub fn stage<T>(&self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let number = self.with(|state| {
            state.begun += 1;
            state.running.push((state.begun, name.to_owned(), start));
            say(&format!("[{}/{}] {name} …", state.begun, self.total));
            state.begun
        });
        let done = work();
        self.with(|state| {
            state.running.retain(|(running, ..)| *running != number);
            let word = if done.is_ok() { "" } else { " FAILED" };
            say(&format!("[{number}/{}] {name}{word} {}", self.total, seconds(start.elapsed())));
        });
        done.with_context(|| name.to_owned())
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            let _ = ticker.join();
        }
    }
}

/// One line for the person who waits; it replaces the counting one.
pub fn say(line: &str) {
    let clear = if stderr().is_terminal() { "\r\x1b[K" } else { "" };
    eprintln!("{clear}{line}");
}

/// `41 s`, or `2.3 s` while that tells more.
pub fn seconds(time: Duration) -> String {
    if time.as_secs() < 10 { format!("{:.1} s", time.as_secs_f64()) } else { format!("{} s", time.as_secs()) }
}

fn tick(state: &Mutex<State>, stop: &AtomicBool) {
    let terminal = stderr().is_terminal();
    let every = if terminal { TERMINAL_EVERY } else { LOG_EVERY };
    let mut last = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        thread::park_timeout(every);
        if last.elapsed() < every {
            continue;
        }
        last = Instant::now();
        let state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let running = state.running.iter().map(|(_, name, start)| format!("{name} {} s", start.elapsed().as_secs()));
        let line = running.collect::<Vec<_>>().join(" · ");
        if line.is_empty() {
            continue;
        }
        if terminal {
            eprint!("\r\x1b[K      {line}");
            let _ = stderr().flush();
        } else {
            eprintln!("      {line}");
        }
    }
}
