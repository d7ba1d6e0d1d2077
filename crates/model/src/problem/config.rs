//! Words for the ssh config.

use super::{Said, fact};

pub(super) fn not_file(path: &str) -> Said {
    Said::new(
        format!("{path} is not a file."),
        "A folder, a pipe or a device stands where ssh keeps its configuration.",
        "Move it away, then try again.",
    )
}

pub(super) fn read_only(path: &str) -> Said {
    Said::new(
        format!("{path} is read-only."),
        "Another program may manage it.",
        "Copy the lines instead, or change its permissions.",
    )
}

pub(super) fn failed(path: &str, detail: &str) -> Said {
    Said::new(
        format!("{path} cannot be read or written."),
        format!("The system says: {}.", fact(detail, "no reason")),
        "Check its owner and permissions, then try again.",
    )
}

pub(super) fn damaged(path: &str, line: usize, what: &str) -> Said {
    Said::new(
        format!("Sallyport's block in {path} was changed by hand."),
        format!("At line {line}: {}.", fact(what, "a mark of its beginning or end is missing")),
        "Mend it; every other line stays as it is.",
    )
    .on_stderr(format!(
        "Sallyport's block in {path} was changed by hand at line {line}; open Sallyport and mend it"
    ))
}

pub(super) fn changed(path: &str) -> Said {
    Said::new(
        "The file changed while you were editing.",
        format!("Another program wrote to {path} in the meantime, so nothing was written."),
        "The preview is up to date again; check it and save.",
    )
    .on_stderr(format!("{path} changed in the meantime, so nothing was written; try again"))
}

pub(super) fn refused(path: &str, said: &str) -> Said {
    Said::new(
        "ssh would not use these lines.",
        format!("With them in {path} it says: {}.", fact(said, "another entry wins")),
        "Change or remove the other entry, then try again.",
    )
}

pub(super) fn helper_missing(path: &str, was_moved: bool) -> Said {
    let title = "ssh cannot find Sallyport's helper.";
    if was_moved {
        return Said::new(
            title,
            format!("The app was moved after setup; it is no longer at {path}."),
            "Fix the lines in the ssh config.",
        );
    }
    Said::new(title, format!("There is nothing at {path}."), "Install Sallyport again.")
}
