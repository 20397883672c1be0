//! Which files are read, what each is for, which mask and which size it has.

use fathom_core::depth::{
    Crop, Dtype, Encoding, FileUse, Format, InvalidCounts, Resample, Role, SampleKind, ScaleGuess,
    ScalePreset,
};
use fathom_core::stats::{DepthWindow, MinMedianMax};
use fathom_decode::ArchiveMember;
use fathom_engine::file_set::{
    GroupKey, build_order, duplicates_warning, farthest_prediction_m, frame_files, frame_set,
    ground_truth_sizes, group_of, input_infos, mask_row, match_rows, member_rows, pair_by_order,
    present_roles, read_options, select_files, size_mismatch, stack_warning, unequal_counts,
};
use fathom_engine::{
    ArchiveList, Built, FileInfo, FileRow, FileState, KindInfo, MapInfo, NameText, ReadingSettings,
    Resize, RoleInfo,
};

fn rows(paths: &[&str]) -> Vec<FileRow> {
    let row = |(source, path): (usize, &&str)| FileRow::new((*path).to_owned(), None, source, None);
    let mut rows: Vec<FileRow> = paths.iter().enumerate().map(row).collect();
    match_rows(&mut rows, NameText::default());
    rows
}

/// The content of a file of this size.
fn read(row: &mut FileRow, (width, height): (u32, u32), dtype: Dtype) {
    row.state = FileState::Read(FileInfo {
        format: Format::Npy,
        dtype,
        maps: vec![MapInfo {
            width,
            height,
            positive: 10,
            invalid: InvalidCounts::default(),
            spread: Some(MinMedianMax {
                min: 500.0,
                median: 1000.0,
                max: 4000.0,
            }),
        }],
        choice: None,
        nodata: Some(7.0),
        notices: Vec::new(),
    });
}

fn kind(encoding: Encoding) -> Option<KindInfo> {
    Some(KindInfo {
        encoding,
        guess: ScaleGuess {
            preset: ScalePreset::Metre,
            confident: true,
            others: Vec::new(),
            reason: String::new(),
        },
        given: false,
        median: 1.0,
    })
}

fn built() -> Built {
    let role = |role, integer, float| RoleInfo {
        role,
        integer,
        float,
    };
    Built {
        shown: Role::GroundTruth,
        roles: vec![
            role(
                Role::GroundTruth,
                kind(ScalePreset::Millimetre.encoding()),
                None,
            ),
            role(Role::Float, None, kind(ScalePreset::Centimetre.encoding())),
        ],
        markers: Vec::new(),
        outside_window: 0,
    }
}

#[test]
fn of_folders_only_what_may_be_depth_is_read_and_all_in_one_order() {
    let chosen = |paths: &[&str]| {
        let files = paths.iter().map(|path| ((*path).to_owned(), ())).collect();
        let (files, left_out) = select_files(files);
        let paths: Vec<String> = files.into_iter().map(|(path, ())| path).collect();
        (paths.join(" "), left_out)
    };
    for (paths, expected) in [
        (&["b.npy", "a.txt"][..], ("a.txt b.npy", 0)),
        (&["s/b.npy", "s/a.txt", "s/a.PNG"], ("s/a.PNG s/b.npy", 1)),
        (&["s/readme"], ("", 1)),
        (&[], ("", 0)),
    ] {
        assert_eq!(
            chosen(paths),
            (expected.0.to_owned(), expected.1),
            "{paths:?}"
        );
    }
}

#[test]
fn names_and_choices_give_use_and_frame() {
    let mut files = rows(&[
        "set/gt/001.png",
        "set/fp32/001.npy",
        "set/int8/001.npy",
        "set/mask/001.png",
    ]);
    let uses: Vec<FileUse> = files.iter().map(|row| row.part).collect();
    let map = FileUse::Map;
    assert_eq!(
        uses,
        [
            map(Role::GroundTruth),
            map(Role::Float),
            map(Role::Quantized),
            FileUse::Mask
        ]
    );
    assert!(
        files
            .iter()
            .all(|row| row.told && row.frame == files[0].frame)
    );
    // What was set by hand stays, and an archive is no map.
    files[1].chosen_part = Some(FileUse::Unused);
    files[2].chosen_frame = Some("other".to_owned());
    files[0].state = FileState::Archive(3);
    match_rows(&mut files, NameText::default());
    assert_eq!(
        (files[1].part, files[0].part),
        (FileUse::Unused, FileUse::Unused)
    );
    assert_eq!(files[2].frame, "other");
}

#[test]
fn files_are_paired_in_the_order_of_numbers_in_their_names() {
    let mut files = rows(&[
        "gt/t9.png",
        "gt/t10.png",
        "int8/run_100.npy",
        "int8/run_97.npy",
        "mask/b.png",
        "mask/a.png",
    ]);
    assert!(pair_by_order(&mut files));
    let frames: Vec<&str> = files.iter().map(|row| row.frame.as_str()).collect();
    assert_eq!(frames, ["t9", "t10", "t10", "t9", "t10", "t9"]);
    // Names say nothing about a pairing that was chosen.
    match_rows(&mut files, NameText::default());
    assert_eq!(files[2].frame, "t10");

    let mut uneven = rows(&["gt/1.png", "gt/2.png", "int8/a.npy"]);
    let before = uneven.clone();
    assert!(!pair_by_order(&mut uneven));
    assert_eq!(uneven, before);
    assert!(unequal_counts(&uneven).ends_with("Ground truth 2, INT8 prediction 1."));
    let mut alone = rows(&["gt/1.png", "gt/2.png"]);
    assert!(!pair_by_order(&mut alone));
    assert!(unequal_counts(&alone).ends_with("only one role has maps."));
}

fn stack(row: &mut FileRow, maps: usize) {
    read(row, (4, 3), Dtype::F32);
    if let FileState::Read(info) = &mut row.state {
        info.maps = vec![info.maps[0].clone(); maps];
    }
}

#[test]
fn maps_of_a_stack_are_paired_with_single_files() {
    let paths = ["gt_stack.npy", "int8/b.npy", "int8/a.npy", "int8/c.npy"];
    let mut files = rows(&paths);
    assert!(!pair_by_order(&mut files), "no file tells its maps yet");
    for (row, maps) in files.iter_mut().zip([3, 1, 1, 1]) {
        stack(row, maps);
    }
    assert!(pair_by_order(&mut files));
    assert_eq!(files[0].map_frames, ["a", "b", "c"]);
    match_rows(&mut files, NameText::default());
    let set = frame_set(
        &files,
        &built(),
        &ReadingSettings::default(),
        NameText::default(),
    );
    let found: Vec<(&str, Option<u32>, u32)> = set
        .frames
        .iter()
        .filter_map(|f| {
            let (gt, int8) = (f.gt.as_ref()?, f.int8.as_ref()?);
            Some((f.name.as_str(), gt.map, int8.file))
        })
        .collect();
    assert_eq!(
        found,
        [("a", Some(0), 2), ("b", Some(1), 1), ("c", Some(2), 3)]
    );
    assert_eq!((stack_warning(&files), size_mismatch(&files)), (None, None));
    assert_eq!(ground_truth_sizes(&files).len(), 3);

    // Stacks of other lengths, whose maps are as many.
    let mut files = rows(&["gt/x.npy", "gt/y.npy", "int8/p.npy", "int8/q.npy"]);
    for (row, maps) in files.iter_mut().zip([3, 3, 2, 4]) {
        stack(row, maps);
    }
    for _ in 0..2 {
        // Pairing again, as after another reading, changes nothing.
        assert!(pair_by_order(&mut files));
    }
    assert_eq!(files[2].map_frames, ["x[0]", "x[1]"]);
    assert_eq!(files[3].map_frames, ["x[2]", "y[0]", "y[1]", "y[2]"]);
    // As many files with as many maps each are paired by file.
    for (row, maps) in files.iter_mut().zip([3, 2, 3, 2]) {
        stack(row, maps);
    }
    assert!(pair_by_order(&mut files));
    assert_eq!(
        (files[2].frame.as_str(), files[2].map_frames.len()),
        ("x", 0)
    );
    // Four maps and two have no order, unless numbers say where they are.
    let mut files = rows(&["gt_stack.npy", "int8/1.npy", "int8/2.npy"]);
    stack(&mut files[0], 4);
    let before = files.clone();
    assert!(!pair_by_order(&mut files));
    assert_eq!(files, before);
    assert!(unequal_counts(&files).ends_with("Ground truth 4, INT8 prediction 2."));
}

#[test]
fn numbers_tell_the_places_of_single_files_in_a_stack() {
    let paired = |names: &[&str], maps: usize| -> Option<Vec<String>> {
        let paths: Vec<String> = names.iter().map(|n| format!("fp32/{n}.npy")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let mut files = rows(&[&["gt_stack.npy"], &paths[..]].concat());
        stack(&mut files[0], maps);
        pair_by_order(&mut files).then(|| files[0].map_frames.clone())
    };
    assert_eq!(
        paired(&["f_0", "f_2", "f_10"], 11).map(|f| [f[0].clone(), f[2].clone(), f[10].clone()]),
        Some(["f_0", "f_2", "f_10"].map(str::to_owned))
    );
    let from_one = paired(&["1", "3"], 3).expect("the last one is there");
    assert_eq!(from_one, ["1", "stack[1]", "3"]);
    // The first map of the stack has no truth; the others are brought to the size of theirs.
    let mut files = rows(&["fp32.npy", "gt/2.npy", "gt/3.npy"]);
    stack(&mut files[0], 3);
    read(&mut files[1], (8, 6), Dtype::F32);
    read(&mut files[2], (8, 6), Dtype::F32);
    assert!(pair_by_order(&mut files));
    let reading = ReadingSettings {
        resize: Some(Resample::Nearest),
        ..ReadingSettings::default()
    };
    let sizes = ground_truth_sizes(&files);
    let options = read_options(&files, &files[0], &reading, &sizes).expect("a map's file");
    assert_eq!(options.resize.map(|to| (to.width, to.height)), Some((8, 6)));
    assert_eq!(paired(&["1", "2"], 4), None, "from 0 or from 1");
    assert_eq!(paired(&["0", "4"], 4), None, "beyond the stack");
    assert_eq!(paired(&["a", "b"], 4), None, "no numbers");
    assert_eq!(paired(&["a_0", "b_0"], 4), None, "twice");
}

#[test]
fn pages_beyond_those_of_the_other_role_are_said() {
    let mut files = rows(&["gt/1.png", "int8/1.tiff", "gt/2.png", "int8/2.tiff"]);
    for row in &mut files {
        read(row, (4, 3), Dtype::F32);
    }
    assert_eq!(stack_warning(&files), None);
    for at in [1, 3] {
        if let FileState::Read(info) = &mut files[at].state {
            info.maps = vec![info.maps[0].clone(); 3];
        }
    }
    let text = stack_warning(&files).expect("a warning");
    assert!(text.starts_with("In 2 frames, "), "{text}");
    assert!(text.contains("int8/1.tiff 3 and gt/1.png 1"), "{text}");
}

#[test]
fn files_of_an_archive_stand_behind_its_name() {
    let archive = FileRow::new("all.zip".to_owned(), None, 4, None);
    let member = |index, path: &str| ArchiveMember {
        index,
        path: path.to_owned(),
        bytes: 9,
        raw_path: None,
    };
    let list = ArchiveList {
        members: vec![
            member(0, "gt/1.png"),
            member(1, "notes.txt"),
            member(2, "int8/1.npy"),
        ],
        hidden: 2,
    };
    let (rows, notices) = member_rows(&[archive], 0, &list, NameText::default());
    let found: Vec<(&str, usize, Option<u32>, Option<f64>)> = rows
        .iter()
        .map(|row| (row.path.as_str(), row.source, row.member, row.bytes))
        .collect();
    let expected = [
        ("all.zip/gt/1.png", 4, Some(0), Some(9.0)),
        ("all.zip/int8/1.npy", 4, Some(2), Some(9.0)),
    ];
    assert_eq!(found, expected);
    assert!(notices[0].contains("2 files"), "{notices:?}");
    assert!(notices[1].contains("Skipped 1 other file"), "{notices:?}");
}

#[test]
fn a_mask_serves_its_frame_or_alone_all_of_them() {
    let named = |rows: &[FileRow], at: usize| mask_row(rows, &rows[at]).map(|row| row.path.clone());
    let one = rows(&["1_gt.png", "2_gt.png", "any_mask.png"]);
    assert_eq!(named(&one, 0).as_deref(), Some("any_mask.png"));
    assert_eq!(named(&one, 1).as_deref(), Some("any_mask.png"));
    let two = rows(&["1_gt.png", "2_gt.png", "2_mask.png", "3_mask.png"]);
    assert_eq!(named(&two, 0), None);
    assert_eq!(named(&two, 1).as_deref(), Some("2_mask.png"));
    let options = read_options(
        &two,
        &two[1],
        &ReadingSettings::default(),
        &ground_truth_sizes(&two),
    );
    let mask = options.expect("a map").mask.expect("a mask");
    assert_eq!((mask.name.as_str(), mask.member), ("2_mask.png", None));
    assert_eq!(
        read_options(
            &two,
            &two[2],
            &ReadingSettings::default(),
            &ground_truth_sizes(&two)
        ),
        None
    );
}

#[test]
fn predictions_are_resized_to_their_own_ground_truth() {
    let mut files = rows(&["1_gt.png", "1_fp32.npy", "2_fp32.npy"]);
    read(&mut files[0], (640, 480), Dtype::U16);
    read(&mut files[1], (320, 240), Dtype::F32);
    read(&mut files[2], (320, 240), Dtype::F32);
    let mismatch = size_mismatch(&files).expect("another size");
    assert_eq!(
        (mismatch.role, mismatch.own, mismatch.wanted, mismatch.files),
        (Role::Float, (320, 240), (640, 480), 1)
    );
    let reading = ReadingSettings {
        crop: Crop::Nyu,
        resize: Some(Resample::Nearest),
        markers: Some(vec![42.0, 0.0]),
        ..ReadingSettings::default()
    };
    let sizes = ground_truth_sizes(&files);
    let options = |at: usize| read_options(&files, &files[at], &reading, &sizes).expect("a map");
    let resize = Resize {
        width: 640,
        height: 480,
        how: Resample::Nearest,
    };
    assert_eq!(
        [0, 1, 2].map(|at| options(at).resize),
        [None, Some(resize), None]
    );
    assert!(options(0).watch.contains(&42.0) && options(1).crop == Crop::Nyu);
    read(&mut files[1], (640, 480), Dtype::F32);
    assert_eq!(size_mismatch(&files), None);
}

#[test]
fn groups_keep_encodings_apart() {
    let mut files = rows(&["1_gt.png", "2_gt.png", "1_fp32.npy"]);
    files[1].encoding = Some(ScalePreset::Centimetre.encoding());
    let mut groups: Vec<GroupKey> = Vec::new();
    let places = [0, 1, 2, 0, 1].map(|at: usize| group_of(&mut groups, &files[at]));
    assert_eq!(places, [Some(0), Some(1), Some(2), Some(0), Some(1)]);
    read(&mut files[0], (1, 1), Dtype::U16);
    let chosen = [(
        (Role::GroundTruth, SampleKind::Integer),
        ScalePreset::Kitti.encoding(),
    )];
    let reading = ReadingSettings {
        window: DepthWindow {
            min_m: Some(1.0),
            max_m: None,
        },
        ..ReadingSettings::default()
    };
    let order = build_order(&files, &groups, &reading, &chosen, Role::GroundTruth);
    let encodings: Vec<_> = order.groups.iter().map(|g| (g.integer, g.own)).collect();
    let (kitti, cm) = (chosen[0].1, ScalePreset::Centimetre.encoding());
    assert_eq!(
        encodings,
        [(Some(kitti), false), (Some(cm), true), (None, false)]
    );
    assert_eq!((order.nodata, order.window.min_m), (vec![7.0], Some(1.0)));
}

#[test]
fn frames_have_the_maps_of_two_roles_and_report_their_units() {
    let mut files = rows(&["1_gt.png", "1_fp32.npy", "2_gt.png", "1_fp32.npz"]);
    for (at, dtype) in [
        (0, Dtype::U16),
        (1, Dtype::F32),
        (2, Dtype::U16),
        (3, Dtype::F32),
    ] {
        read(&mut files[at], (4, 3), dtype);
    }
    assert_eq!(present_roles(&files), [Role::GroundTruth, Role::Float]);
    let set = frame_set(
        &files,
        &built(),
        &ReadingSettings::default(),
        NameText::default(),
    );
    assert_eq!(set.frames.len(), 1);
    // A frame is found by its name, also one with a single map.
    let named = |name| frame_files(&files, &built(), &ReadingSettings::default(), name);
    assert_eq!(named("1").as_ref(), set.frames.first());
    let lone = named("2").expect("a frame of one map");
    assert_eq!(lone.gt.map(|map| map.file), Some(2));
    assert_eq!((lone.fp32, named("3")), (None, None));
    let maps: Vec<(Role, u32, Encoding)> = set.frames[0]
        .maps()
        .map(|(role, map)| (role, map.file, map.encoding))
        .collect();
    let (mm, cm) = (
        ScalePreset::Millimetre.encoding(),
        ScalePreset::Centimetre.encoding(),
    );
    // The first of two files for one place.
    assert_eq!(maps, [(Role::GroundTruth, 0, mm), (Role::Float, 1, cm)]);
    let warning = duplicates_warning(&files).expect("two of one frame");
    assert!(
        warning.contains("1_fp32.npy") && warning.contains("1_fp32.npz"),
        "{warning}"
    );
    assert_eq!(farthest_prediction_m(&files, &built()), Some(40.0));
    let infos = input_infos(&files, &built());
    let scales: Vec<Option<f64>> = infos.iter().map(|info| info.scale).collect();
    assert_eq!(scales, [Some(0.001), Some(0.01), Some(0.001), Some(0.01)]);
    files[3].part = FileUse::Unused;
    assert_eq!(duplicates_warning(&files), None);
    // Its own encoding goes before that of its role.
    files[1].encoding = Some(ScalePreset::Metre.encoding());
    assert_eq!(farthest_prediction_m(&files, &built()), Some(4000.0));
}

#[test]
fn maps_of_a_role_without_any_depth_are_sampled_too() {
    let mut files = rows(&["gt/1.png", "int8/1.npy"]);
    read(&mut files[0], (6, 4), Dtype::U16);
    read(&mut files[1], (6, 4), Dtype::F32);
    // Nothing was counted of INT8, so that no unit was guessed.
    assert!(built().roles.iter().all(|r| r.role != Role::Quantized));
    let set = frame_set(
        &files,
        &built(),
        &ReadingSettings::default(),
        NameText::default(),
    );
    assert!(set.frames[0].int8.is_some());
    assert!(set.roles.iter().any(|r| r.role == Role::Quantized));
}
