//! Makes a report with every section from folders of ground truth and predictions.

use std::fs;
use std::path::Path;

use fathom_analysis::calibrators::{Calibrator, CalibratorComparison};
use fathom_analysis::compare::{
    CompareSettings, Comparison, EvalProtocol, Evaluator, FrameComparison, FrameMaps,
    FrameMetricSums, PixelPairs, Resampling, SortedPairs, changes, frame_rows, ground_truth_m,
    prediction_m,
};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::range_space::{BitSweep, OptimumSearch};
use fathom_analysis::{
    BestEndSearch, CodeChoice, CodeComparison, CodeSize, DistributionSummary, NamedRange,
    RangeReport, RangeSettings, SweepDomain, sweep,
};
use fathom_core::depth::{Encoding, RawMap, Region, Samples, Scale};
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::stats::{DepthWindow, Distribution, Encodings, SampleSummary};
use fathom_decode::{DecodeOptions, decode};
use fathom_report::network::{
    AccumulatedError, DepthChange, EffectEntry, GroupEntry, GroupsEntry, GrowthEntry,
    GrowthPointEntry, KeptNodesEntry, LayerEntry, LocalError, ModelEntry, NetworkSection,
    OperatorCount, OutputEntry, ParetoEntry, PreprocessingEntry, QuantizerEntry, RepairEntry,
    SaturationEntry, ShapleyEntry, StructureEntry,
};
use fathom_report::report::{
    BitsInfo, BoardInfo, CodesInfo, ComparisonInfo, InputInfo, LinkEntry, OptimaInfo,
    OtherLinkChange, OtherLinkMetric, OtherLinkOutcome, OtherLinkRange, OtherLinkSection,
    PlannerSection, ReadingInfo, RemedyEntry, Report, ReportInput, ReportSections, Searches,
    SourceEntry, SweepInfo, VerdictEntry, WhatIfSection,
};

/// The maps of a set with the report's rows of its files.
pub(crate) struct Set {
    frames: Vec<Frame>,
    inputs: Vec<InputInfo>,
    depths: Distribution,
}

struct Frame {
    name: String,
    width: usize,
    gt_m: Vec<f64>,
    fp32_m: Vec<f64>,
    int8_m: Vec<f64>,
}

fn linear(units_per_metre: f64) -> Encoding {
    Encoding::Linear(Scale::from_units_per_metre(units_per_metre).expect("a scale"))
}

fn read(path: &Path) -> RawMap {
    let bytes = fs::read(path).expect("a map");
    let decoded = decode(&bytes, &DecodeOptions::default()).expect("a readable map");
    decoded.maps.into_iter().next().expect("one map")
}

fn input_info(path: &Path, role: &str, map: &RawMap, metres: &[f64], scale: f64) -> InputInfo {
    let valid = metres.iter().filter(|d| d.is_finite() && **d > 0.0).count();
    let name = |path: &Path| {
        path.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    let (width, height) = (map.width(), map.height());
    InputInfo {
        name: format!("{role}/{}", name(path)),
        role: role.to_owned(),
        frame: path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
        format: path
            .extension()
            .expect("a type")
            .to_string_lossy()
            .to_uppercase(),
        dtype: match map.samples {
            Samples::U16(_) => "uint16",
            Samples::F32(_) => "float32",
            Samples::F64(_) => "float64",
        }
        .to_owned(),
        maps: 1,
        width,
        height,
        scale: Some(scale),
        encoding: "depth = sample / units per metre".to_owned(),
        valid: valid as u64,
        invalid: (metres.len() - valid) as u64,
    }
}

impl Set {
    /// Reads the folders `gt`, `fp32` and `int8`. Integer ground truth is in millimetres, everything else in metres.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut files: Vec<_> = fs::read_dir(folder.join("gt"))
            .expect("ground truth")
            .flatten()
            .map(|entry| entry.path())
            .collect();
        files.sort();
        let markers = [65_535.0];
        let mut summary = SampleSummary::default();
        let (mut frames, mut inputs) = (Vec::new(), Vec::new());
        for path in files {
            let stem = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let gt = read(&path);
            summary.add(&gt, &Region::default(), &markers);
            let units_per_metre = match gt.samples {
                Samples::U16(_) => 1000.0,
                Samples::F32(_) | Samples::F64(_) => 1.0,
            };
            let gt_m = ground_truth_m(&gt.samples, linear(units_per_metre), &markers);
            inputs.push(input_info(&path, "gt", &gt, &gt_m, 1.0 / units_per_metre));
            let mut prediction = |role: &str| {
                let path = folder.join(role).join(format!("{stem}.npy"));
                let map = read(&path);
                let metres = prediction_m(&map.samples, linear(1.0));
                inputs.push(input_info(&path, role, &map, &metres, 1.0));
                metres
            };
            let (fp32_m, int8_m) = (prediction("fp32"), prediction("int8"));
            frames.push(Frame {
                name: stem,
                width: gt.width(),
                gt_m,
                fp32_m,
                int8_m,
            });
        }
        let encodings = Encodings {
            integer: linear(1000.0),
            float: linear(1.0),
        };
        let parts = vec![(summary, encodings, markers.to_vec())];
        let depths =
            SampleSummary::distribution(parts, &DepthWindow::default()).expect("valid depths");
        Self {
            frames,
            inputs,
            depths: depths.0,
        }
    }

    /// Renames every frame and every file.
    pub(crate) fn rename(&mut self, name: impl Fn(&str) -> String) {
        for frame in &mut self.frames {
            frame.name = name(&frame.name);
        }
        for input in &mut self.inputs {
            input.name = name(&input.name);
            input.frame = name(&input.frame);
        }
    }

    fn compare(&self, settings: &CompareSettings, fp32_twice: bool) -> Vec<FrameComparison> {
        let compare = |frame: &Frame| {
            let (fp32_m, int8_m) = if fp32_twice {
                (&frame.fp32_m, &frame.fp32_m)
            } else {
                (&frame.fp32_m, &frame.int8_m)
            };
            let maps = FrameMaps {
                width: frame.width,
                gt_m: &frame.gt_m,
                fp32_m,
                int8_m,
            };
            FrameComparison::measure(&maps, settings).expect("common pixels")
        };
        self.frames.iter().map(compare).collect()
    }
}

/// Makes the report of a set. Without `depths`, the settings of ranges and codes, the sections of the distribution are left out.
pub(crate) fn report_of(
    set: &Set,
    protocol: EvalProtocol,
    evaluator: Option<Evaluator>,
    depths: Option<RangeSettings>,
) -> Report {
    let how = depths.unwrap_or_default();
    let depths = depths.is_some();
    let named = |name: &str, min_m, max_m| NamedRange {
        name: name.to_owned(),
        range: OutputRange::new(min_m, max_m).expect("a range"),
    };
    let ranges = [
        named("wide", 0.5, 15.0),
        named("near", 1.0, 2.0),
        named("from zero", 0.0, 3.0),
    ];
    let reports: Vec<_> = ranges
        .iter()
        .map(|named| RangeReport::measure(&set.depths, named, &how))
        .collect();
    let domain = SweepDomain::around(&set.depths, 0.5, &ranges);
    let best = BestEndSearch::new(domain, how).run(&set.depths);
    let summary = DistributionSummary::measure(&set.depths);
    let reading = ReadingInfo {
        markers: vec![65_535.0],
        ..ReadingInfo::default()
    };
    let input = ReportInput {
        inputs: &set.inputs,
        source: "files",
        summary: &summary,
        resolution: set.depths.resolution(),
        how: &how,
        reading: &reading,
        ranges: &reports,
        best: &best,
        searches: if depths {
            Searches::All
        } else {
            Searches::None
        },
    };
    let curve = sweep(&set.depths, domain, &how);
    let range = ranges[0].range;
    let mut bit_sweep = BitSweep::new(range, how);
    let mut codes = CodeComparison::new(
        CodeChoice::all(),
        range,
        CodeSize::Bits(how.bits),
        how.policy,
        how.eval_min_m,
    );
    let mut calibrators = CalibratorComparison::new(Calibrator::all(), how);
    let mut optima = Vec::new();
    if depths {
        while bit_sweep.step(&set.depths) {}
        while codes.step(&set.depths) {}
        while calibrators.step(&set.depths) {}
        let search = OptimumSearch {
            settings: how,
            clipping_weight: 1.0,
        };
        optima = search.run(&set.depths, &Criterion::ALL);
    }

    let settings = CompareSettings {
        protocol,
        band_edges_m: vec![1.5, 2.0],
        ..CompareSettings::default()
    };
    let frames = set.compare(&settings, false);
    let comparison = Comparison::from_frames(&frames);
    // The board's predictions are those of F.
    let board_frames = set.compare(&settings, true);
    let board = Comparison::from_frames(&board_frames);
    let resampling = Resampling::default();
    let names: Vec<String> = set.frames.iter().map(|f| f.name.clone()).collect();
    let evals: Vec<FrameMetricSums> = frames.iter().map(FrameComparison::metric_sums).collect();
    let board_evals: Vec<FrameMetricSums> = board_frames
        .iter()
        .map(FrameComparison::metric_sums)
        .collect();
    let rows = frame_rows(&frames);
    let changes = changes(&evals, &settings.protocol, &resampling);
    let mut pairs = PixelPairs::default();
    for frame in &set.frames {
        pairs.add(&frame.gt_m, &frame.fp32_m);
    }
    let requantized = Requantized::measure(
        &SortedPairs::from_parts(&[pairs.into_flat()]),
        range,
        None,
        &how,
    )
    .expect("a curve");
    Report::new(&input).with(
        &input,
        &ReportSections {
            codes: depths.then(|| CodesInfo {
                rows: codes.rows(),
                range,
                panter_dite_m: codes.panter_dite_m(&set.depths),
            }),
            calibrators: depths.then(|| calibrators.rows()),
            sweep: depths.then_some(SweepInfo {
                min_m: domain.min_m,
                points: &curve,
            }),
            optima: depths.then_some(OptimaInfo {
                optima: &optima,
                clipping_weight: 1.0,
            }),
            bits: depths.then(|| BitsInfo {
                range,
                rows: bit_sweep.rows(),
            }),
            comparison: Some(ComparisonInfo {
                comparison: &comparison,
                evals: &evals,
                rows: &rows,
                names: &names,
                settings: &settings,
                evaluator,
                changes: &changes,
                resampling,
                board: Some(BoardInfo {
                    comparison: &board,
                    evals: &board_evals,
                }),
            }),
            shared: None,
            what_if: Some(&WhatIfSection::new(&requantized.curve, &how)),
            planner: Some(&PlannerSection {
                sources: vec![SourceEntry {
                    name: "output code".to_owned(),
                    share: 0.08,
                    measured: true,
                    source: "these maps".to_owned(),
                }],
                remedies: vec![RemedyEntry {
                    name: "16-bit output".to_owned(),
                    expected_rmse: 0.25,
                    interval: Some([0.24, 0.26]),
                    size_mb: Some(13.5),
                    bits: Some(16),
                    measured: false,
                    published: "none".to_owned(),
                }],
            }),
            verdicts: Some(&[VerdictEntry {
                question: "Why is INT8 worse?".to_owned(),
                headline: "Bias".to_owned(),
                text: "A sentence.".to_owned(),
            }]),
            other_link: Some(&other_link()),
            network: Some(&network()),
        },
    )
}

/// A network with one entry of everything.
fn network() -> NetworkSection {
    let truth = Some(DepthChange {
        rmse_fp32: 0.25,
        rmse: 0.26,
        abs_rel_fp32: 0.1,
        abs_rel: 0.11,
        delta1_fp32: 0.9,
        delta1: 0.89,
    });
    let group = |shapley| GroupEntry {
        quantizers: 1,
        alone_rms: 0.01,
        alone_rms_m: Some(0.01),
        shapley,
        interval: shapley.map(|share| [share - 0.1, share + 0.1]),
    };
    let name = || "conv.weight".to_owned();
    NetworkSection {
        model: ModelEntry {
            quantization: "float".to_owned(),
            opset: 17,
            nodes: 1,
            operators: vec![OperatorCount {
                operator: "Conv".to_owned(),
                count: 1,
            }],
            parameters: 27,
            macs: Some(1000),
            mb_32_bits: 108e-6,
            mb_16_bits: 54e-6,
            mb_8_bits: 27e-6,
            ..ModelEntry::default()
        },
        int8_model: Some(ModelEntry::default()),
        quantize: Some("bits=8".to_owned()),
        preprocessing: PreprocessingEntry {
            settings: "fit=crop".to_owned(),
            preset: Some("midas".to_owned()),
            height: 144,
            width: 176,
        },
        output: OutputEntry::default(),
        frames: vec!["a".to_owned()],
        calibration_frames: vec!["b".to_owned()],
        seed: 1,
        runs: 8,
        effect: EffectEntry {
            rms: 0.02,
            rms_m: Some(0.02),
            interval: Some([0.01, 0.03]),
            bias_m: Some(0.001),
            truth,
        },
        quantizers: vec![QuantizerEntry {
            name: name(),
            kind: "weight".to_owned(),
            layer: "conv".to_owned(),
            sources: Vec::new(),
            code: "int8".to_owned(),
            bits: 8,
            axis: Some(0),
            scales: vec![0.01],
            zero_points: vec![0],
            range: Some([-1.28, 1.27]),
            seen: Some([-1.2, 1.2]),
            clipped_low: Some(0.0),
            clipped_high: Some(0.0),
            codes_used: Some(20),
            local: Some(LocalError {
                rms: 0.003,
                snr_db: Some(40.0),
            }),
            accumulated: Some(AccumulatedError {
                rms: 0.004,
                snr_db: Some(38.0),
                cosine: Some(0.9999),
                bias: 0.0001,
            }),
        }],
        structure: Some(StructureEntry {
            lost_nodes: vec!["relu".to_owned()],
            rms: Some(0.1),
            rms_m: Some(0.1),
            file_rms: Some(0.12),
            ..StructureEntry::default()
        }),
        groups: Some(GroupsEntry {
            weights: group(Some(0.5)),
            biases: group(None),
            input: group(None),
            activations: group(Some(0.4)),
            output: group(Some(0.1)),
            interaction: Some(-0.07),
        }),
        growth: Some(GrowthEntry {
            kind: "power".to_owned(),
            rate: Some(0.5),
            explained: 0.8,
            points: vec![GrowthPointEntry {
                tensor: name(),
                depth: 1,
                noise_to_signal: 0.01,
            }],
        }),
        space: "output".to_owned(),
        layers_of_half: Some(1),
        layers: vec![LayerEntry {
            name: "conv".to_owned(),
            operator: "Conv".to_owned(),
            place: 0,
            nodes: vec!["conv".to_owned()],
            readers: vec!["relu".to_owned()],
            quantizers: vec![name()],
            only_rms: Some(0.01),
            all_but_rms: Some(0.018),
            only: Some(0.25),
            all_but: Some(0.19),
            shapley: Some(ShapleyEntry {
                share: 0.22,
                standard_error: 0.01,
                interval: Some([0.2, 0.24]),
            }),
            only_rms_m: Some(0.01),
            macs: Some(1000),
            parameters: 27,
        }],
        pareto: vec![ParetoEntry {
            kept: vec!["conv".to_owned()],
            kept_bits: 32,
            mb: 108e-6,
            mac_share: Some(1.0),
            rms: 0.001,
            rms_m: Some(0.001),
            is_dominated: false,
            truth,
        }],
        kept_nodes: Some(KeptNodesEntry {
            nodes: vec!["conv".to_owned()],
            bits: 32,
            rms: 0.002,
            rms_m: Some(0.002),
            truth,
        }),
        repairs: vec![RepairEntry {
            name: "bias-correction".to_owned(),
            repairs: vec!["bias-correction".to_owned()],
            changed: vec!["conv".to_owned()],
            before_rms: 0.02,
            rms: 0.015,
            rms_m: Some(0.015),
            removed: 0.4,
            truth,
        }],
        repair_frames: vec!["a".to_owned()],
        saturation: Some(SaturationEntry {
            pairs: 12,
            saturating: 1,
            tie_floor_rms: Some(0.0001),
        }),
    }
}

/// The comparison of a page without predictions with a link that has a comparison.
fn other_link() -> OtherLinkSection {
    let link = |which, frames| LinkEntry {
        which,
        title: String::new(),
        source: Some("12 maps".to_owned()),
        count: 30_000.0,
        frames,
    };
    let outcome = |rmse| OtherLinkOutcome {
        rmse,
        coverage: 0.75,
    };
    OtherLinkSection {
        links: [link("this", None), link("other", Some(12))],
        metrics: vec![OtherLinkMetric {
            metric: Criterion::Rmse.name(),
            this: None,
            other: Some(OtherLinkChange {
                fp32: 0.25,
                int8: 0.375,
                difference: 0.125,
                interval: Some([0.0625, 0.1875]),
            }),
            fp32_difference: None,
            int8_difference: None,
            intervals: "unknown",
        }],
        ranges: vec![OtherLinkRange {
            name: "mine".to_owned(),
            min: 0.5,
            max: 5.0,
            this: outcome(None),
            other: outcome(Some(0.5)),
        }],
    }
}

/// Writes twelve small frames with holes in the ground truth and exact zeros in the predictions.
pub(crate) fn write_small(folder: &Path) {
    const WIDTH: usize = 60;
    const HEIGHT: usize = 44;
    for role in ["gt", "fp32", "int8"] {
        fs::create_dir_all(folder.join(role)).expect("a folder");
    }
    let mut state = 7_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    for k in 0..12 {
        let (mut gt, mut fp32, mut int8) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..WIDTH * HEIGHT {
            let (x, y) = ((i % WIDTH) as f64, (i / WIDTH) as f64);
            let depth_m = 0.8 + 0.02 * y + 0.4 * libm::sin(0.1 * x + f64::from(k)) + 0.01 * noise();
            let network_m = 1.02 * depth_m + 0.1 * noise();
            // A grid of 12 mm, a bias, and noise from inside the network.
            let inside_m = network_m + 0.004 * f64::from(k) + 0.02 * noise();
            let coded_m = (inside_m / 0.012).round().min(150.0) * 0.012;
            let is_hole = noise() < -0.45;
            gt.push(if is_hole {
                0
            } else {
                (depth_m * 1000.0).round() as u16
            });
            fp32.push(network_m as f32);
            int8.push(if noise() < -0.499 {
                0.0
            } else {
                coded_m as f32
            });
        }
        let gt: Vec<u8> = gt.iter().flat_map(|v| v.to_le_bytes()).collect();
        let bytes = |map: &[f32]| {
            map.iter()
                .flat_map(|v| v.to_le_bytes())
                .collect::<Vec<u8>>()
        };
        let shape = (HEIGHT, WIDTH);
        let name = format!("frame_{k:02}.npy");
        write_npy(&folder.join("gt").join(&name), "<u2", shape, &gt);
        write_npy(
            &folder.join("fp32").join(&name),
            "<f4",
            shape,
            &bytes(&fp32),
        );
        write_npy(
            &folder.join("int8").join(&name),
            "<f4",
            shape,
            &bytes(&int8),
        );
    }
}

/// Adds copies of two of the small frames to their folder, under other names.
pub(crate) fn write_copies(folder: &Path) {
    for role in ["gt", "fp32", "int8"] {
        for (copy, original) in [(12, 0), (13, 5)] {
            let path = |k: usize| folder.join(role).join(format!("frame_{k:02}.npy"));
            fs::copy(path(original), path(copy)).expect("copied");
        }
    }
}

/// Writes an array in the NPY format, version 1.0.
pub(crate) fn write_npy(path: &Path, dtype: &str, shape: (usize, usize), data: &[u8]) {
    let mut header = format!(
        "{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({}, {}), }}",
        shape.0, shape.1
    );
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    fs::write(path, bytes).expect("written");
}
