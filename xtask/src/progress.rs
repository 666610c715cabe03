//! Says what is being done and how long it takes: one line when a stage begins and one when it ends. On a terminal a
//! line in between counts the seconds; elsewhere a line now and then shows that work goes on. Stages that are over
//! before anybody could have wondered say nothing: a start with everything built goes straight to serving.

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

const TICK: Duration = Duration::from_millis(500);
/// Where lines stay, they are fewer.
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
    running: Vec<Stage>,
}

struct Stage {
    number: usize,
    name: String,
    start: Instant,
    /// Its first line is written.
    told: bool,
}

impl Progress {
    /// `total` stages will come.
    pub fn new(total: usize) -> Self {
        let (state, stop) = (Arc::new(Mutex::new(State::default())), Arc::new(AtomicBool::new(false)));
        let ticker = thread::spawn({
            let (state, stop) = (Arc::clone(&state), Arc::clone(&stop));
            move || tick(total, &state, &stop)
        });
        Self { total, state, stop, ticker: Some(ticker) }
    }

    /// Does one stage; an error gets the stage's name.
    pub fn stage<T>(&self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        let number = self.with(|state| {
            state.begun += 1;
            state.running.push(Stage { number: state.begun, name: name.to_owned(), start, told: false });
            state.begun
        });
        let done = work();
        self.with(|state| {
            let told = state.running.iter().any(|stage| stage.number == number && stage.told);
            state.running.retain(|stage| stage.number != number);
            let word = if done.is_ok() { "" } else { " FAILED" };
            if told || done.is_err() {
                say(&format!("[{number}/{}] {name}{word} {}", self.total, seconds(start.elapsed())));
            }
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

fn tick(total: usize, state: &Mutex<State>, stop: &AtomicBool) {
    let mut last = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        thread::park_timeout(TICK);
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        for stage in state.running.iter_mut().filter(|stage| !stage.told && stage.start.elapsed() >= TICK) {
            stage.told = true;
            say(&format!("[{}/{total}] {} …", stage.number, stage.name));
        }
        let line: Vec<String> =
            state.running.iter().map(|stage| format!("{} {} s", stage.name, stage.start.elapsed().as_secs())).collect();
        if line.is_empty() {
            continue;
        }
        if stderr().is_terminal() {
            eprint!("\r\x1b[K      {}", line.join(" · "));
            let _ = stderr().flush();
        } else if last.elapsed() >= LOG_EVERY {
            last = Instant::now();
            eprintln!("      {}", line.join(" · "));
        }
    }
}
