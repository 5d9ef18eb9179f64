//! Panics of the Parquet library.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; what it panics with is the error.
///
/// The library asserts what files say and indexes by it, in more places than checks of ours could foresee: a hostile file can
/// make it panic, and such a file is no mistake of this program. What `work` changes must not be used after an error.
pub(crate) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    done.map_err(|panic| message(&*panic).to_owned())
}

/// True while a panic of this thread would be caught: nobody needs to hear of it.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no one knows why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        assert_eq!(guard(|| 7), Ok(7));
        assert_eq!(guard(|| -> () { panic!("at {}", 5) }), Err("at 5".to_owned()));
        assert_eq!(guard(|| -> () { panic!("here") }), Err("here".to_owned()));
        assert_eq!(guard(|| guard(|| ()).map(|()| is_guarded())), Ok(Ok(true)));
        assert!(!is_guarded());
    }
}
