//! Inputs in order, while objects of a bucket are still being listed.

use std::collections::VecDeque;
use std::fmt;

use super::list::Input;
use crate::error::CliError;

/// Further objects of a listing, as the store gives them.
pub struct MoreObjects(Box<dyn Iterator<Item = Result<Input, CliError>> + Send>);

impl MoreObjects {
    pub(super) fn new(objects: impl Iterator<Item = Result<Input, CliError>> + Send + 'static) -> Self {
        Self(Box::new(objects))
    }
}

impl fmt::Debug for MoreObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MoreObjects")
    }
}

impl Iterator for MoreObjects {
    type Item = Result<Input, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// Inputs by key. Those that are still listed are taken as they come, while they come in order; when one does not, the rest
/// is listed first.
#[derive(Debug)]
pub(crate) struct Inputs {
    ready: VecDeque<Input>,
    more: Option<MoreObjects>,
    /// The next of `more`.
    peeked: Option<Input>,
}

impl Inputs {
    /// `ready` is in order.
    pub(super) fn new(ready: Vec<Input>, more: Option<MoreObjects>) -> Self {
        Self { ready: ready.into(), more, peeked: None }
    }

    /// Lists the next object.
    fn peek(&mut self, last: Option<&Input>) -> Result<(), CliError> {
        let Some(more) = &mut self.more else { return Ok(()) };
        match more.next().transpose()? {
            Some(next) if last.is_none_or(|last| in_order(last, &next)) => self.peeked = Some(next),
            Some(next) => {
                self.ready.push_back(next);
                for next in more.by_ref() {
                    self.ready.push_back(next?);
                }
                self.ready.make_contiguous().sort_by(order);
                self.more = None;
            }
            None => self.more = None,
        }
        Ok(())
    }
}

impl Iterator for Inputs {
    type Item = Result<Input, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.peeked.is_none()
            && let Err(error) = self.peek(None)
        {
            self.more = None;
            return Some(Err(error));
        }
        let is_next = |peeked: &Input| self.ready.front().is_none_or(|ready| !in_order(ready, peeked));
        let Some(next) = self.peeked.take_if(|peeked| is_next(peeked)) else {
            return self.ready.pop_front().map(Ok);
        };
        if let Err(error) = self.peek(Some(&next)) {
            self.more = None;
            return Some(Err(error));
        }
        Some(Ok(next))
    }
}

/// The order of inputs.
pub(super) fn order(one: &Input, other: &Input) -> std::cmp::Ordering {
    (&one.key, &one.origin).cmp(&(&other.key, &other.origin))
}

fn in_order(one: &Input, other: &Input) -> bool {
    order(one, other).is_le()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Origin;

    fn input(key: &str) -> Input {
        Input { key: key.to_owned(), origin: Origin::Stdin, size: Some(1) }
    }

    fn merged(ready: &[&str], more: &[&str]) -> Vec<String> {
        let more = more.iter().map(|key| Ok(input(key))).collect::<Vec<_>>();
        let ready = ready.iter().map(|key| input(key)).collect();
        let inputs = Inputs::new(ready, Some(MoreObjects::new(more.into_iter())));
        inputs.map(|input| input.unwrap().key).collect()
    }

    #[test]
    fn what_is_listed_in_order_is_merged() {
        assert_eq!(merged(&["a", "c", "x"], &["b", "d", "y"]), ["a", "b", "c", "d", "x", "y"]);
        assert_eq!(merged(&[], &["b"]), ["b"]);
        assert_eq!(merged(&["b"], &[]), ["b"]);
    }

    #[test]
    fn what_is_listed_out_of_order_comes_once_and_the_rest_is_sorted() {
        assert_eq!(merged(&["c", "x"], &["b", "z", "d", "y", "a"]), ["b", "c", "x", "z", "a", "d", "y"]);
    }

    #[test]
    fn nothing_is_listed_before_it_is_needed() {
        let more = ["b", "c", "d"].iter().map(|key| match *key {
            "d" => Err(CliError::usage("too far")),
            key => Ok(input(key)),
        });
        let mut inputs = Inputs::new(vec![input("a")], Some(MoreObjects::new(more)));
        let mut next = || inputs.next().map(|input| input.map(|input| input.key).map_err(|_| ()));
        assert_eq!((next(), next()), (Some(Ok("a".into())), Some(Ok("b".into()))));
        assert_eq!((next(), next()), (Some(Err(())), None));
    }
}
