//! Charts over frames of ground truth, prediction and quantized prediction, all made up.

use std::error::Error;

use fathom_analysis::compare::{
    CompareSettings, ComparedFrame, Comparison, FrameComparison, FrameMaps, frame_rows,
};
use fathom_plot::{
    AxisSpec, Band, BudgetBar, BudgetInput, ErrorMapChart, ErrorMapKind, FrameStrip, Ink,
    LineChart, LineInput, Profile, Quantity, Scene, Series, Staircase,
};

const WIDTH: usize = 96;
const HEIGHT: usize = 72;
const FRAMES: usize = 91;

/// Step of the made-up output code, in metres: [0, 15] m in 255 steps.
const STEP_M: f64 = 15.0 / 255.0;

type Named = (&'static str, Scene);

pub(crate) struct Frames {
    frames: Vec<FrameComparison>,
    all: Comparison,
    profile: Profile,
}

struct Maps {
    gt_m: Vec<f64>,
    fp32_m: Vec<f64>,
    int8_m: Vec<f64>,
}

/// Numbers from -1 to 1 that look random and are the same every time.
fn noise(seed: usize) -> f64 {
    let mixed = (seed as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn maps(frame: usize) -> Maps {
    let mut maps = Maps {
        gt_m: Vec::new(),
        fp32_m: Vec::new(),
        int8_m: Vec::new(),
    };
    let rough = 0.05 + 0.12 * (noise(frame) + 1.0);
    for i in 0..WIDTH * HEIGHT {
        let (x, y) = ((i % WIDTH) as f64, (i / WIDTH) as f64);
        let waves = libm::sin(x * 0.11 + frame as f64 * 0.1) + libm::cos(y * 0.07);
        let gt_m = 1.0 + 9.0 * (1.0 - y / HEIGHT as f64) + 0.6 * waves;
        let fp32_m = gt_m * (1.0 + 0.03 * noise(7 * i + frame)) + 0.2 * libm::sin(x * 0.05);
        let inside = fp32_m * 0.985 + 0.02 + rough * noise(13 * i + 5 * frame) * fp32_m / 5.0;
        let border = if x < 4.0 { 0.25 } else { 0.0 };
        let coded = ((inside + border) / STEP_M).round().clamp(0.0, 255.0) * STEP_M;
        maps.gt_m.push(gt_m);
        maps.fp32_m.push(fp32_m);
        maps.int8_m.push(coded);
    }
    maps
}

impl Frames {
    pub(crate) fn compared() -> Result<Self, Box<dyn Error>> {
        let settings = CompareSettings::default();
        let compared = |frame: usize| {
            let maps = maps(frame);
            let of = FrameMaps {
                width: WIDTH,
                gt_m: &maps.gt_m,
                fp32_m: &maps.fp32_m,
                int8_m: &maps.int8_m,
            };
            FrameComparison::measure(&of, &settings)
        };
        let frames = (0..FRAMES).map(compared).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            all: Comparison::from_frames(&frames),
            frames,
            profile: profile(),
        })
    }

    pub(crate) fn scenes(&self, width: f64) -> Result<Vec<Named>, Box<dyn Error>> {
        let named = frame_rows(&self.frames)
            .into_iter()
            .map(|row| ComparedFrame {
                name: format!("frame_{:03}", row.frame),
                place: (0, 0),
                row,
            });
        let strip = FrameStrip::new(width, 200.0, named.collect());
        let place = ErrorMapChart::new(width, &self.all.error_map, ErrorMapKind::Quantization);
        let staircase = Staircase::new(width, 300.0, &self.profile);
        Ok(vec![
            ("budget", self.budget(width)?),
            ("by-depth", self.by_depth(width)),
            ("places", place.scene(Some((4, 20)))),
            ("frames", strip.scene(None)),
            ("frames-chosen", strip.scene(Some(3))),
            ("profile", staircase.scene(&self.profile, Some(30))),
        ])
    }

    fn budget(&self, width: f64) -> Result<Scene, Box<dyn Error>> {
        let budget = self.all.budget().ok_or("no pixel")?;
        let predictions = budget.predictions(STEP_M);
        Ok(BudgetBar::new(width, BudgetInput::new(&budget, Some(&predictions))).scene())
    }

    fn by_depth(&self, width: f64) -> Scene {
        let bins = self.all.curve.bins();
        let middle = |from_m: f64, to_m: f64| (from_m * to_m).sqrt();
        let mut input = LineInput::new(
            AxisSpec::log(Quantity::Depth, "true depth"),
            AxisSpec::linear(Quantity::Length, "error: bias, and where 90 % lie"),
            Vec::new(),
        );
        for (name, ink, is_q) in [
            ("FP32 \u{2212} truth", Ink::Series1, false),
            ("INT8 \u{2212} FP32", Ink::Series2, true),
        ] {
            let each = bins.iter().map(|bin| {
                let errors = if is_q { &bin.q } else { &bin.f };
                (middle(bin.from_m(), bin.to_m()), errors)
            });
            let bias = each
                .clone()
                .filter_map(|(x, e)| Some((x, e.sums.bias_m()?)));
            let edges =
                each.filter_map(|(x, e)| Some((x, e.quantile_m(0.05)?, e.quantile_m(0.95)?)));
            input.bands.push(Band {
                name: format!("90 % of {name}"),
                edges: edges.collect(),
                tint: ink.into(),
            });
            input.series.push(Series::new(name, ink, bias));
        }
        let places = input.places();
        let crosshair = places.get(places.len() / 2).copied();
        LineChart::new(width, 340.0, &input).scene(&input, crosshair)
    }
}

fn profile() -> Profile {
    let maps = maps(3);
    let row = |map: &[f64]| {
        map[48 * WIDTH..49 * WIDTH]
            .iter()
            .map(|&m| Some(m))
            .collect()
    };
    Profile {
        gt_m: row(&maps.gt_m),
        fp32_m: row(&maps.fp32_m),
        int8_m: row(&maps.int8_m),
        levels_m: (0..256).map(|k| f64::from(k) * STEP_M).collect(),
    }
}
