//! Which key does what, as a table: the page listens by it, and its sheet of keys shows it.
//!
//! A table of ours: of the crates for it, the one for Leptos (`leptos_hotkeys`) stopped at Leptos 0.6, knows neither keys by their place on
//! the keyboard nor Mac from other keyboards, and cannot be asked for its table.

use fathom_core::i18n::msgid;

/// The action of a key, wherever the focus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Takes the last change of a setting back.
    Undo,
    /// Makes it again.
    Redo,
    /// Opens the list of commands.
    FindCommand,
    /// Opens the sheet of keys.
    ShowShortcuts,
    /// Opens the recent results.
    ShowRecent,
    /// Opens the browser's dialog for files.
    ChooseFiles,
    /// Copies the link.
    CopyLink,
    /// Takes the range below in the table.
    NextRange,
    /// Takes the range above in the table.
    PreviousRange,
    /// Looks at the next frame.
    NextFrame,
    /// Looks at the frame before.
    PreviousFrame,
    /// Goes to the element with this identifier.
    GoTo(&'static str),
}

/// A key, or several at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chord {
    /// This character with Ctrl, or with Command on a Mac, and perhaps Shift.
    Command { letter: char, shift: bool },
    /// This character alone. A reader can turn these off: who speaks to a computer, or brushes over keys, says some of them unintended.
    Single(char),
}

/// A key with what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Its action.
    pub deed: Deed,
    /// The same in words.
    pub says: &'static str,
    chord: Chord,
    /// True if Macs have it.
    on_mac: bool,
}

const fn command(letter: char, shift: bool, deed: Deed, says: &'static str) -> Shortcut {
    let chord = Chord::Command { letter, shift };
    Shortcut {
        deed,
        says,
        chord,
        on_mac: true,
    }
}

const fn single(letter: char, deed: Deed, says: &'static str) -> Shortcut {
    Shortcut {
        deed,
        says,
        chord: Chord::Single(letter),
        on_mac: true,
    }
}

/// The table.
pub const SHORTCUTS: [Shortcut; 19] = [
    command('k', false, Deed::FindCommand, msgid("Find a command")),
    command(
        'z',
        false,
        Deed::Undo,
        msgid("Undo the last change of a setting"),
    ),
    command('z', true, Deed::Redo, msgid("Redo what was undone")),
    // On a Mac it opens the browser's history.
    Shortcut {
        on_mac: false,
        ..command('y', false, Deed::Redo, msgid("Redo what was undone"))
    },
    single('?', Deed::ShowShortcuts, msgid("Show the keys")),
    single('1', Deed::GoTo("view-summary"), msgid("Show the summary")),
    single(
        '2',
        Deed::GoTo("view-predictions"),
        msgid("Show the predictions"),
    ),
    single('3', Deed::GoTo("view-range"), msgid("Show the range")),
    single('4', Deed::GoTo("view-codes"), msgid("Show the codes")),
    single('5', Deed::GoTo("view-network"), msgid("Show the network")),
    single('6', Deed::GoTo("view-remedies"), msgid("Show the remedies")),
    single('e', Deed::GoTo("exports"), msgid("Go to the exports")),
    single(
        ']',
        Deed::NextRange,
        msgid("Use the next range of the table"),
    ),
    single(
        '[',
        Deed::PreviousRange,
        msgid("Use the previous range of the table"),
    ),
    single('j', Deed::NextFrame, msgid("Look at the next frame")),
    single(
        'k',
        Deed::PreviousFrame,
        msgid("Look at the previous frame"),
    ),
    single('f', Deed::ChooseFiles, msgid("Choose depth files")),
    single('r', Deed::ShowRecent, msgid("Show recent results")),
    single('l', Deed::CopyLink, msgid("Copy the link")),
];

/// A press of a key, as browsers tell of it.
#[derive(Clone, Copy, Debug)]
pub struct Pressed<'a> {
    /// The typed key: "z", "?", "Escape".
    pub key: &'a str,
    /// Its place on the keyboard: `"KeyZ"`.
    pub code: &'a str,
    /// True if Ctrl is held.
    pub ctrl: bool,
    /// True if Command, or the key with the sign of the system, is held.
    pub meta: bool,
    /// True if Alt or Option is held.
    pub alt: bool,
    /// True if Shift is held.
    pub shift: bool,
}

/// The focused element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// A field for text, which undoes its own typing.
    Text,
    /// A list of choices, which letters go to.
    List,
    /// Anything else.
    Elsewhere,
}

/// The action of a press; `None` where it is not ours. `singles` tells whether single characters are on.
#[must_use]
pub fn deed(pressed: Pressed<'_>, focus: Focus, mac: bool, singles: bool) -> Option<Deed> {
    let fits = |shortcut: &&Shortcut| match shortcut.chord {
        Chord::Command { letter, shift } => {
            let held = if mac {
                pressed.meta && !pressed.ctrl
            } else {
                pressed.ctrl && !pressed.meta
            };
            let allowed = focus != Focus::Text || shortcut.deed == Deed::FindCommand;
            held && !pressed.alt
                && pressed.shift == shift
                && letter_of(pressed) == Some(letter)
                && allowed
                && (shortcut.on_mac || !mac)
        }
        Chord::Single(letter) => {
            let alone = !pressed.ctrl && !pressed.meta && !pressed.alt;
            let own = letter_of(pressed) == Some(letter);
            // Capitals are other characters; a question mark needs Shift on most keyboards.
            let as_typed = !pressed.shift || !letter.is_ascii_alphanumeric();
            singles && alone && own && as_typed && focus == Focus::Elsewhere
        }
    };
    SHORTCUTS.iter().find(fits).map(|shortcut| shortcut.deed)
}

/// The character of a key, in small. Where it types something else than Latin, as under a Korean input method, its place tells it.
fn letter_of(pressed: Pressed<'_>) -> Option<char> {
    let mut typed = pressed.key.chars();
    if let (Some(letter), None) = (typed.next(), typed.next())
        && letter.is_ascii()
    {
        return Some(letter.to_ascii_lowercase());
    }
    // Named keys ("Enter", "F3") are none; an input method says "Process", or a letter of its own.
    if pressed.key.is_ascii() && pressed.key != "Process" {
        return None;
    }
    match pressed.code {
        "Slash" if pressed.shift => Some('?'),
        "BracketLeft" => Some('['),
        "BracketRight" => Some(']'),
        code => {
            let letter = code
                .strip_prefix("Key")
                .or_else(|| code.strip_prefix("Digit"))?;
            letter.chars().next().map(|c| c.to_ascii_lowercase())
        }
    }
}

impl Shortcut {
    /// True if a keyboard has it.
    #[must_use]
    pub fn is_there(&self, mac: bool) -> bool {
        self.on_mac || !mac
    }

    /// True if it is a single character.
    #[must_use]
    pub fn is_single(&self) -> bool {
        matches!(self.chord, Chord::Single(_))
    }

    /// The keys as they are written on a keyboard.
    #[must_use]
    pub fn keys(&self, mac: bool) -> Vec<String> {
        match self.chord {
            Chord::Single(letter) => vec![letter.to_ascii_uppercase().to_string()],
            Chord::Command { letter, shift } => {
                let (command, up) = if mac {
                    ("\u{2318}", "\u{21e7}")
                } else {
                    ("Ctrl", "Shift")
                };
                let held = shift.then(|| up.to_owned());
                std::iter::once(command.to_owned())
                    .chain(held)
                    .chain([letter.to_ascii_uppercase().to_string()])
                    .collect()
            }
        }
    }
}

/// Keys that a chart has while it has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartKeys {
    /// Which charts.
    pub charts: &'static str,
    /// Keys with what they do.
    pub rows: &'static [(&'static [&'static str], &'static str)],
}

const LEFT_RIGHT: &[&str] = &["\u{2190}", "\u{2192}"];
const UP_DOWN: &[&str] = &["\u{2191}", "\u{2193}"];
const ARROWS: &[&str] = &["\u{2190}", "\u{2192}", "\u{2191}", "\u{2193}"];

/// The keys of the charts, for the sheet: each chart acts on its own.
pub const CHART_KEYS: [ChartKeys; 5] = [
    ChartKeys {
        charts: msgid("Range against error"),
        rows: &[
            (ARROWS, msgid("Move the end of the range by 2 %")),
            (&["Page Up", "Page Down"], msgid("Move it by a quarter")),
            (&["Home", "End"], msgid("Move it to the ends of the axis")),
        ],
    },
    ChartKeys {
        charts: msgid("Charts of curves"),
        rows: &[
            (ARROWS, msgid("Go from point to point")),
            (&["Esc"], msgid("Leave the point")),
        ],
    },
    ChartKeys {
        charts: msgid("Other charts"),
        rows: &[
            (ARROWS, msgid("Move the crosshair")),
            (
                &["Enter"],
                msgid("Use the value at the crosshair, where possible"),
            ),
            (&["Esc"], msgid("Leave the crosshair")),
        ],
    },
    ChartKeys {
        charts: msgid("A code of your own, by depth"),
        rows: &[
            (
                LEFT_RIGHT,
                msgid("Move the end of a piece; with Shift ten times as far"),
            ),
            (UP_DOWN, msgid("Choose another end")),
        ],
    },
    ChartKeys {
        charts: msgid("Depth maps"),
        rows: &[
            (ARROWS, msgid("Move the picture")),
            (&["+", "\u{2212}"], msgid("Zoom in and out")),
            (&["0"], msgid("Show the whole map")),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Modifiers: c, m, a, s. The place is derived from the key where it is not given.
    fn press<'a>(held: &str, key: &'a str, code: &'a str) -> Pressed<'a> {
        let has = |c| held.contains(c);
        Pressed {
            key,
            code,
            ctrl: has('c'),
            meta: has('m'),
            alt: has('a'),
            shift: has('s'),
        }
    }

    #[test]
    fn keys_do_what_the_table_says() {
        use Focus::{Elsewhere, List, Text};
        let goes = Some(Deed::GoTo("view-summary"));
        for (held, key, code, focus, mac, expected) in [
            ("c", "z", "KeyZ", Elsewhere, false, Some(Deed::Undo)),
            ("cs", "Z", "KeyZ", Elsewhere, false, Some(Deed::Redo)),
            ("c", "y", "KeyY", Elsewhere, false, Some(Deed::Redo)),
            ("c", "Z", "KeyZ", Elsewhere, false, Some(Deed::Undo)), // with Caps Lock
            ("m", "z", "KeyZ", Elsewhere, true, Some(Deed::Undo)),
            ("ms", "z", "KeyZ", Elsewhere, true, Some(Deed::Redo)),
            ("m", "y", "KeyY", Elsewhere, true, None),
            ("c", "z", "KeyZ", Elsewhere, true, None),
            ("m", "z", "KeyZ", Elsewhere, false, None),
            ("ca", "z", "KeyZ", Elsewhere, false, None),
            ("cm", "z", "KeyZ", Elsewhere, false, None),
            // A field undoes its own typing, and takes characters; commands are found from anywhere.
            ("c", "z", "KeyZ", Text, false, None),
            ("c", "k", "KeyK", Text, false, Some(Deed::FindCommand)),
            ("", "1", "Digit1", Text, false, None),
            ("", "1", "Digit1", List, false, None),
            ("c", "z", "KeyZ", List, false, Some(Deed::Undo)),
            // Single characters.
            ("", "1", "Digit1", Elsewhere, false, goes),
            ("", "1", "Digit1", Elsewhere, true, goes),
            (
                "s",
                "?",
                "Slash",
                Elsewhere,
                false,
                Some(Deed::ShowShortcuts),
            ),
            (
                "s",
                "?",
                "Minus",
                Elsewhere,
                false,
                Some(Deed::ShowShortcuts),
            ), // a German keyboard
            ("s", "R", "KeyR", Elsewhere, false, None),
            ("c", "r", "KeyR", Elsewhere, false, None),
            ("c", "1", "Digit1", Elsewhere, false, None),
            ("a", "f", "KeyF", Elsewhere, false, None),
            // A keyboard of another arrangement: what is typed counts, not the place.
            ("c", "z", "KeyW", Elsewhere, false, Some(Deed::Undo)),
            ("c", "w", "KeyZ", Elsewhere, false, None),
            // Under a Korean input method the place tells the letter.
            (
                "",
                "\u{3139}",
                "KeyF",
                Elsewhere,
                false,
                Some(Deed::ChooseFiles),
            ),
            (
                "",
                "Process",
                "KeyR",
                Elsewhere,
                false,
                Some(Deed::ShowRecent),
            ),
            (
                "s",
                "Process",
                "Slash",
                Elsewhere,
                false,
                Some(Deed::ShowShortcuts),
            ),
            ("c", "\u{314b}", "KeyZ", Elsewhere, false, Some(Deed::Undo)),
            // Keys with names.
            ("", "Enter", "Enter", Elsewhere, false, None),
            ("", "Escape", "Escape", Elsewhere, false, None),
            ("", "", "", Elsewhere, false, None),
        ] {
            let got = deed(press(held, key, code), focus, mac, true);
            assert_eq!(got, expected, "{held}+{key} ({code}), {focus:?}, mac {mac}");
        }
    }

    #[test]
    fn single_characters_can_be_turned_off_and_commands_stay() {
        for shortcut in SHORTCUTS {
            let (held, letter) = match shortcut.chord {
                Chord::Single(letter) => ("", letter),
                Chord::Command { letter, shift } => (if shift { "cs" } else { "c" }, letter),
            };
            let key = letter.to_string();
            let pressed = press(held, &key, "");
            let with = |singles| deed(pressed, Focus::Elsewhere, false, singles);
            assert_eq!(with(true), Some(shortcut.deed), "{key}");
            let expected = (!shortcut.is_single()).then_some(shortcut.deed);
            assert_eq!(with(false), expected, "{key}");
        }
    }

    #[test]
    fn no_two_rows_have_the_same_keys() {
        for mac in [false, true] {
            let mut keys: Vec<_> = SHORTCUTS
                .iter()
                .filter(|shortcut| shortcut.is_there(mac))
                .map(|shortcut| shortcut.keys(mac).join("+"))
                .collect();
            let all = keys.len();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), all, "{keys:?}");
        }
        assert_eq!(SHORTCUTS[2].keys(false), ["Ctrl", "Shift", "Z"]);
        assert_eq!(SHORTCUTS[2].keys(true), ["\u{2318}", "\u{21e7}", "Z"]);
    }
}
