//! The text of `--preprocess`: `PRESET` or `key=value`, separated by commas, as in `midas,height=384,width=384`.
//!
//! Later items win over the preset. Height and width are keys of their own, because one order of two numbers would mean either.

use std::fmt;
use std::str::FromStr;

use fathom_core::i18n::{msgid, tr, tr_dynamic};

use super::filter_taps::Filter;
use super::fit::Fit;
use super::preprocess_error::PreprocessError;
use super::preprocessing::{Channels, Precision, Preprocessing};
use super::presets::Preset;

/// Largest number of rows or columns that can be asked for.
const MAX_SIDE: usize = 1 << 16;

const KEYS: &str = msgid(
    "a preset (midas, midas-dpt, depth-anything-v2, monodepth2, lite-mono, zoedepth, metric3d, fastdepth, scdepth) or \
                    one of the keys centre, fit, height, width, multiple, filter, on, channels, divide, mean, std, fill",
);

fn refuse(item: &str, expected: &str) -> PreprocessError {
    PreprocessError::Text {
        item: item.to_owned(),
        expected: tr_dynamic(expected).to_owned(),
    }
}

impl FromStr for Preprocessing {
    type Err = PreprocessError;

    fn from_str(text: &str) -> Result<Self, PreprocessError> {
        let mut settings = Self::default();
        let mut seen = Vec::new();
        for (i, item) in text.split(',').map(str::trim).enumerate() {
            match item.split_once('=') {
                None if i == 0 => {
                    let name = item.to_ascii_lowercase();
                    let preset = Preset::ALL.into_iter().find(|preset| preset.name() == name);
                    settings = preset.ok_or_else(|| refuse(item, KEYS))?.settings();
                }
                None => return Err(refuse(item, tr!("a preset stands first; then key=value"))),
                Some((key, value)) => {
                    if seen.contains(&key) {
                        return Err(refuse(item, tr!("each key once")));
                    }
                    seen.push(key);
                    set(&mut settings, item, key.trim(), value.trim())?;
                }
            }
        }
        Ok(settings)
    }
}

/// Sets one key.
fn set(
    settings: &mut Preprocessing,
    item: &str,
    key: &str,
    value: &str,
) -> Result<(), PreprocessError> {
    match key {
        "centre" => {
            let share: f64 = number(item, value)?;
            if !(0.001..=1.0).contains(&share) {
                return Err(refuse(
                    item,
                    tr!("the used share of height and width, 0.001 to 1"),
                ));
            }
            settings.centre_permille = (share * 1000.0).round() as u32;
        }
        "fit" => settings.fit = named(item, value, &Fit::ALL, Fit::name)?,
        "height" | "width" => {
            let size = side(item, value)?;
            if key == "height" {
                settings.height = Some(size);
            } else {
                settings.width = Some(size);
            }
            settings.is_exact_size = true;
        }
        "multiple" => settings.multiple = side(item, value)?,
        "filter" => settings.filter = filter(item, value)?,
        "on" => settings.precision = named(item, value, &Precision::ALL, Precision::name)?,
        "channels" => settings.channels = named(item, value, &Channels::ALL, Channels::name)?,
        "divide" => settings.divisor = divisor(item, number(item, value)?)?,
        "mean" => settings.mean = triple(item, value)?,
        "std" => {
            settings.std = triple(item, value)?;
            for std in settings.std {
                divisor(item, std)?;
            }
        }
        "fill" => settings.fill = triple(item, value)?,
        _ => return Err(refuse(item, KEYS)),
    }
    Ok(())
}

fn named<T: Copy>(
    item: &str,
    value: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, PreprocessError> {
    let found = all.iter().copied().find(|&one| name(one) == value);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|&one| name(one)).collect();
        refuse(item, &tr!("one of {}", names.join(", ")))
    })
}

fn filter(item: &str, value: &str) -> Result<Filter, PreprocessError> {
    let expected = match value {
        "linear" | "bilinear" => {
            tr!("opencv-linear or pil-bilinear, which differ when an image gets smaller")
        }
        "cubic" | "bicubic" => tr!("opencv-cubic or pil-bicubic, which differ at every scale"),
        "lanczos" => "pil-lanczos",
        _ => return named(item, value, &Filter::ALL, Filter::name),
    };
    Err(refuse(item, expected))
}

fn number(item: &str, value: &str) -> Result<f64, PreprocessError> {
    let number = value.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| refuse(item, tr!("a number")))
}

fn divisor(item: &str, number: f64) -> Result<f64, PreprocessError> {
    if number > 0.0 && number as f32 > 0.0 {
        Ok(number)
    } else {
        Err(refuse(item, tr!("numbers above 0")))
    }
}

fn side(item: &str, value: &str) -> Result<usize, PreprocessError> {
    let side = value
        .parse()
        .ok()
        .filter(|side| (1..=MAX_SIDE).contains(side));
    side.ok_or_else(|| refuse(item, tr!("a whole number of pixels, 1 to 65536")))
}

/// One number for all channels, or three separated by `:`.
fn triple(item: &str, value: &str) -> Result<[f64; 3], PreprocessError> {
    let numbers: Vec<f64> = value
        .split(':')
        .map(|one| number(item, one.trim()))
        .collect::<Result<_, _>>()?;
    match numbers[..] {
        [all] => Ok([all; 3]),
        [first, second, third] => Ok([first, second, third]),
        _ => Err(refuse(item, tr!("one number, or three separated by `:`"))),
    }
}

impl fmt::Display for Preprocessing {
    /// Every key, so that the text gives the same settings again; a size that was not asked for is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "centre={},fit={}",
            f64::from(self.centre_permille) / 1000.0,
            self.fit.name()
        )?;
        for (key, size) in [("height", self.height), ("width", self.width)] {
            if let Some(size) = size {
                write!(f, ",{key}={size}")?;
            }
        }
        write!(
            f,
            ",multiple={},filter={},on={},channels={},divide={}",
            self.multiple,
            self.filter.name(),
            self.precision.name(),
            self.channels.name(),
            self.divisor
        )?;
        for (key, [first, second, third]) in
            [("mean", self.mean), ("std", self.std), ("fill", self.fill)]
        {
            if first == second && second == third {
                write!(f, ",{key}={first}")?;
            } else {
                write!(f, ",{key}={first}:{second}:{third}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_survives_its_text() {
        for preset in Preset::ALL {
            let settings = preset.settings();
            assert_eq!(preset.name().parse(), Ok(settings), "{preset:?}");
            let again: Preprocessing = settings.to_string().parse().expect("its own text");
            let exact = Preprocessing {
                is_exact_size: true,
                ..settings
            };
            assert_eq!(again, exact, "{settings}");
            assert!(KEYS.contains(preset.name()));
        }
        assert_eq!("Midas".parse(), Ok(Preset::Midas.settings()));
    }

    #[test]
    fn items_change_a_preset() {
        let text =
            "midas-dpt, height=128,width=160, filter=pil-lanczos,mean=0.1:0.2:0.3,std=2,divide=1";
        let settings: Preprocessing = text.parse().expect("settings");
        let expected = Preprocessing {
            height: Some(128),
            width: Some(160),
            is_exact_size: true,
            filter: Filter::PilLanczos,
            mean: [0.1, 0.2, 0.3],
            std: [2.0; 3],
            divisor: 1.0,
            ..Preset::MidasDpt.settings()
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn what_cannot_be_read_is_quoted_with_what_can() {
        for (text, quoted) in [
            ("", ""),
            ("midaas", "midaas"),
            ("fit=stretch,midas", "midas"),
            ("size=4", "size=4"),
            ("filter=bilinear", "opencv-linear or pil-bilinear"),
            ("filter=sharp", "pil-lanczos"),
            ("height=0", "height=0"),
            ("height=1e9", "height=1e9"),
            ("fit=stretch,fit=crop", "each key once"),
            ("std=1:0:1", "above 0"),
            ("std=1e-60", "above 0"),
            ("mean=1:2", "three"),
            ("mean=NaN", "a number"),
            ("centre=0", "0.001 to 1"),
            ("divide=-1", "above 0"),
        ] {
            let error = text.parse::<Preprocessing>().expect_err(text).to_string();
            assert!(
                error.contains(quoted) && error.contains("cannot be read"),
                "{text}: {error}"
            );
        }
    }
}
