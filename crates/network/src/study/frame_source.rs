//! Frames as files give them: names, choice, and ground truth by name.

use fathom_core::depth::parse_name;

use super::truth_maps::TruthMap;

/// Ends of names of images.
pub const IMAGE_ENDINGS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

/// A frame's file with its ground truth.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameSource {
    /// Name of the frame, as [`frame_name`] gives it.
    pub frame: String,
    /// Name of the file.
    pub file: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Ground truth of the frame.
    pub truth: Option<TruthMap>,
}

impl FrameSource {
    /// Returns true for an image, false for prepared inputs.
    #[must_use]
    pub fn is_image(&self) -> bool {
        is_image_name(&self.file)
    }
}

/// Returns true if a file's name ends like that of an image.
#[must_use]
pub fn is_image_name(file: &str) -> bool {
    let end = file.rsplit_once('.').map_or("", |(_, end)| end);
    IMAGE_ENDINGS
        .iter()
        .any(|image| end.eq_ignore_ascii_case(image))
}

/// The name of a frame from that of a file, which images and ground truth of one frame share.
#[must_use]
pub fn frame_name(file_name: &str) -> String {
    let parsed = parse_name(file_name).frame;
    if parsed.is_empty() {
        let stem = file_name
            .rsplit_once('.')
            .map_or(file_name, |(stem, _)| stem);
        return stem.to_owned();
    }
    parsed
}

/// The last digits of a name, which number a frame.
fn number(frame: &str) -> Option<&str> {
    let end = frame.rfind(|c: char| c.is_ascii_digit())? + 1;
    let digits = &frame[..end];
    let start = digits
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + 1);
    Some(digits[start..].trim_start_matches('0'))
}

/// For each frame the place of its map: of the same name, or else of the same number where numbers are unique. `None` if no frame has a map.
#[must_use]
pub fn matched_maps(frames: &[&str], maps: &[&str]) -> Option<Vec<Option<usize>>> {
    let by = |same: &dyn Fn(&str, &str) -> bool| -> Vec<Option<usize>> {
        let one = |frame: &&str| {
            let mut found = (0..maps.len()).filter(|&map| same(frame, maps[map]));
            let first = found.next();
            // Two maps of one frame are none, because either may be wrong.
            first.filter(|_| found.next().is_none())
        };
        frames.iter().map(one).collect()
    };
    let same_number =
        |frame: &str, map: &str| number(frame).is_some() && number(frame) == number(map);
    [by(&|frame, map| frame == map), by(&same_number)]
        .into_iter()
        .find(|found| found.iter().any(Option::is_some))
}

/// At most so many, evenly over all.
#[must_use]
pub fn evenly<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let count = all.len();
    let is_kept = |i: &usize| count <= most || i * most % count < most;
    let kept = all.into_iter().enumerate().filter(|(i, _)| is_kept(i));
    kept.map(|(_, one)| one).collect()
}

/// Frames with even places for judging, the others for calibration.
#[must_use]
pub fn split_for_calibration<T>(all: Vec<T>) -> (Vec<T>, Vec<T>) {
    let (judged, calibration): (Vec<_>, Vec<_>) = all
        .into_iter()
        .enumerate()
        .partition(|(place, _)| place % 2 == 0);
    let plain = |part: Vec<(usize, T)>| part.into_iter().map(|(_, one)| one).collect();
    (plain(judged), plain(calibration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_belong_to_frames_by_name_or_number() {
        for (frames, maps, expected) in [
            (
                &["f_1.png", "f_2.png"],
                &["f_2.npy", "f_3.npy"][..],
                Some([None, Some(0)]),
            ),
            (
                &["rgb_0007.jpg", "rgb_0010.jpg"],
                &["sync_depth_00010.png", "sync_depth_7.png"],
                Some([Some(1), Some(0)]),
            ),
            (
                &["f_1.png", "f_2.png"],
                &["f_1_gt.npy", "f_2.npy", "f_2_gt.npy"],
                Some([Some(0), None]),
            ),
            (&["a.png", "b.png"], &["c.png"], None),
        ] {
            let names = |files: &[&str]| -> Vec<String> {
                files.iter().map(|file| frame_name(file)).collect()
            };
            let (frames, maps) = (names(frames), names(maps));
            let plain = |names: &'_ [String]| -> Vec<String> { names.to_vec() };
            let (f, m) = (plain(&frames), plain(&maps));
            let f: Vec<&str> = f.iter().map(String::as_str).collect();
            let m: Vec<&str> = m.iter().map(String::as_str).collect();
            assert_eq!(matched_maps(&f, &m), expected.map(|e| e.to_vec()), "{f:?}");
        }
    }

    #[test]
    fn frames_are_chosen_evenly() {
        assert_eq!(evenly((0..8).collect(), 3), [0, 3, 6]);
        assert_eq!(evenly((0..3).collect(), 12), [0, 1, 2]);
        assert_eq!(
            split_for_calibration((0..5).collect()),
            (vec![0, 2, 4], vec![1, 3])
        );
        assert!(is_image_name("a.b.JPG") && !is_image_name("png"));
    }
}
