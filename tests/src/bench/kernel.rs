//! What the kernel knows of a process that still runs.

use std::time::Duration;

/// Clock ticks in a second, as `/proc` counts them; the kernel's user interface fixes it at 100.
const TICKS: f64 = 100.0;

/// User and system time, to the tick, of all threads that it ever had; in seconds.
pub(super) fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process that still runs");
    // The name in parentheses may hold spaces; what follows it does not.
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS
}

/// Time on a processor of all the threads that it has, to the nanosecond.
pub(super) fn cpu_time(pid: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("a process that still runs");
    let spent = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(spent.sum())
}

/// Most memory that it ever had, in KiB.
pub(super) fn peak_kib(pid: u32) -> f64 {
    status(pid, "VmHWM:")
}

/// Memory that it has, in KiB.
pub(super) fn resident_kib(pid: u32) -> f64 {
    status(pid, "VmRSS:")
}

/// The same without what is a file's, in KiB.
pub(super) fn anonymous_kib(pid: u32) -> f64 {
    status(pid, "RssAnon:")
}

fn status(pid: u32, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process that still runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
