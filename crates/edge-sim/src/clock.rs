//! The edge's own clock, which faults can move.

use jiff::Timestamp;

use crate::faults::Faults;

/// Now, as this edge believes it, in seconds since the Unix epoch.
pub(crate) fn now(faults: &Faults) -> i64 {
    Timestamp::now().as_second().saturating_add(faults.look(|faulty| faulty.clock_offset))
}

/// An instant as HTTP headers and cookies write it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(seconds: i64) -> String {
    timestamp(seconds).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// An instant as RFC 3339 writes it.
pub(crate) fn rfc3339(seconds: i64) -> String {
    timestamp(seconds).to_string()
}

fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_the_standards_show_them() {
        // The example of RFC 9110 5.6.7.
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(rfc3339(784_111_777), "1994-11-06T08:49:37Z");
    }

    #[test]
    fn faults_move_the_clock() {
        let faults = Faults::default();
        let before = now(&faults);
        faults.set(|faulty| faulty.clock_offset = 86_400);
        assert!(now(&faults) >= before + 86_400);
    }
}
