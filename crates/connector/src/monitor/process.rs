//! What the system knows of this process, under the names that Prometheus gives to it everywhere.

/// Adds what can be told on this system.
#[cfg(target_os = "linux")]
pub(super) fn tell(text: &mut String) {
    use super::metrics::put;

    if let Some(known) = Known::read() {
        put(text, "process_cpu_seconds_total", "counter", &[("", known.processor_seconds)]);
        put(text, "process_resident_memory_bytes", "gauge", &[("", known.resident)]);
        put(text, "process_virtual_memory_bytes", "gauge", &[("", known.virtual_size)]);
        put(text, "process_start_time_seconds", "gauge", &[("", known.started)]);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // The look itself holds one.
        put(text, "process_open_fds", "gauge", &[("", files.count().saturating_sub(1))]);
    }
}

/// Other systems tell it in other ways, which their own tools for monitoring know.
#[cfg(not(target_os = "linux"))]
pub(super) fn tell(_: &mut String) {}

#[cfg(target_os = "linux")]
struct Known {
    processor_seconds: f64,
    started: f64,
    virtual_size: u64,
    resident: u64,
}

#[cfg(target_os = "linux")]
impl Known {
    /// How often the system counts in a second, in what it tells programs: the same everywhere.
    const TICKS: f64 = 100.0;

    fn read() -> Option<Self> {
        let own = std::fs::read_to_string("/proc/self/stat").ok()?;
        let system = std::fs::read_to_string("/proc/stat").ok()?;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        // Behind the name, which may hold blanks; the first field there is the third one of all.
        let fields: Vec<&str> = own.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        let booted: f64 = system.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        let memory = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
        };
        Some(Self {
            processor_seconds: (field(14)? + field(15)?) / Self::TICKS,
            started: booted + field(22)? / Self::TICKS,
            virtual_size: memory("VmSize:")?,
            resident: memory("VmRSS:")?,
        })
    }
}
