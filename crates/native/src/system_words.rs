//! Errors of the system in words that say what to do.

use std::io::{Error, ErrorKind};

/// The fault and its remedy; the system's own text for faults that have no usual remedy.
#[must_use]
pub fn system_words(error: &Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder; check the path",
        ErrorKind::PermissionDenied => "this user may not open it; change its permissions",
        ErrorKind::IsADirectory => "it is a folder; name a file",
        ErrorKind::NotADirectory => "a part of its path is a file; check the path",
        ErrorKind::StorageFull => "the disk is full; make room or choose another one",
        _ => return error.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_faults_have_a_remedy() {
        let missing = std::fs::read("no such file").expect_err("it is not there");
        assert!(system_words(&missing).ends_with("check the path"));
        let other = Error::other("a fault of its own");
        assert_eq!(system_words(&other), "a fault of its own");
    }
}
