//! How far a run has come, on a terminal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pipeline::Progress;
use crate::units::{human_count, human_size};

/// Counts what workers do, and shows it when asked to.
#[derive(Debug)]
pub(crate) struct Meter {
    bar: ProgressBar,
    inputs: AtomicU64,
    stored: AtomicU64,
    bytes: AtomicU64,
    events: AtomicU64,
    rejects: AtomicU64,
}

impl Meter {
    /// A meter for so many inputs, where that is known. It shows a bar on standard error when `visible` and that is a terminal.
    pub(crate) fn new(inputs: Option<u64>, visible: bool) -> Self {
        let target =
            if visible { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(inputs, target);
        let template = match inputs {
            Some(_) => "converting {bar:32} {human_pos}/{human_len} files  {msg}  eta {eta}",
            None => "converting {human_pos} files  {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        let zero = || AtomicU64::new(0);
        Self { bar, inputs: zero(), stored: zero(), bytes: zero(), events: zero(), rejects: zero() }
    }

    /// Draws what was counted.
    pub(crate) fn tick(&self) {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let elapsed = self.bar.elapsed().max(Duration::from_millis(1));
        let speed = of(&self.bytes) as f64 / elapsed.as_secs_f64();
        self.bar.set_position(of(&self.inputs));
        self.bar.set_message(format!(
            "{}  {}/s  {} events  {} rejected",
            human_size(of(&self.bytes)),
            human_size(speed as u64),
            human_count(of(&self.events)),
            human_count(of(&self.rejects)),
        ));
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Meter {
    fn input_done(&self, stored_bytes: u64) {
        self.inputs.fetch_add(1, Ordering::Relaxed);
        self.stored.fetch_add(stored_bytes, Ordering::Relaxed);
    }

    fn moved(&self, bytes: u64, events: u64, rejects: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.events.fetch_add(events, Ordering::Relaxed);
        self.rejects.fetch_add(rejects, Ordering::Relaxed);
    }
}
