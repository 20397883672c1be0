//! Charts over ranges, bits and codes, on a thinned built-in sample.

use std::error::Error;

use fathom_analysis::calibrators::Calibrator;
use fathom_analysis::range_space::{
    AxisDomain, AxisSweep, OptimumSearch, RangeMapAxes, RangeMapPoint, RangePoint, SumKind,
};
use fathom_analysis::{
    CodeChoice, CodeSize, NamedRange, Policy, RangeSettings, published_candidates,
};
use fathom_core::metrics::Criterion;
use fathom_core::quant::{Bits, OutputRange, Pieces, ScalarCode};
use fathom_core::stats::{Distribution, Resolution};
use fathom_core::synth::long_tail_depths_m;
use fathom_plot::{
    AxisSpec, EditorHit, HeatCell, HeatGrid, HeatInput, HeatMap, Ink, Level, LineChart, LineInput,
    Mark, PieceEditor, Quantity, Scene, Series, Spot, Tint,
};

const PIXELS: usize = 20_000;

pub(crate) struct Ranges {
    depths: Distribution,
    chosen: OutputRange,
    best: Option<RangePoint>,
    candidates: Vec<NamedRange>,
}

type Named = (&'static str, Scene);

fn value(point: &RangePoint, criterion: Criterion) -> f64 {
    let parts = point.parts(criterion, Policy::Count, 1.0);
    parts.map_or(f64::NAN, |parts| parts.value)
}

impl Ranges {
    pub(crate) fn measured() -> Result<Self, Box<dyn Error>> {
        let values = long_tail_depths_m(PIXELS);
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact)?;
        let search = OptimumSearch {
            settings: RangeSettings::default(),
            clipping_weight: 1.0,
        };
        let best = search
            .run(&depths, &[Criterion::Rmse])
            .first()
            .map(|optimum| optimum.point);
        Ok(Self {
            depths,
            chosen: OutputRange::new(0.5, 15.0)?,
            best,
            candidates: published_candidates()?,
        })
    }

    pub(crate) fn scenes(&self, width: f64) -> Result<Vec<Named>, Box<dyn Error>> {
        Ok(vec![
            ("metric-against-end", self.against_end(width)),
            ("metric-against-start", self.against_start(width)),
            ("bits", self.bits(width)),
            ("codes", self.codes(width)?),
            ("landscape", self.landscape(width, 1)),
            ("landscape-coarse", self.landscape(width, 8)),
            ("layers", layers(width)),
            ("pieces", pieces(width)),
        ])
    }

    fn sweep(&self, domain: AxisDomain, bits: Bits) -> Vec<RangePoint> {
        let how = RangeSettings {
            bits,
            ..RangeSettings::default()
        };
        let mut sweep = AxisSweep::new(domain, how);
        while sweep.step(&self.depths) {}
        sweep.points().copied().collect()
    }

    fn ends(&self) -> AxisDomain {
        AxisDomain::ends(&self.depths, self.chosen.min_m(), &self.candidates)
    }

    fn against_end(&self, width: f64) -> Scene {
        let points = self.sweep(self.ends(), Bits::EIGHT);
        let part = |of: fn(&RangePoint) -> Option<f64>| {
            let at = |p: &RangePoint| Some((p.range.max_m(), of(p)?));
            points.iter().filter_map(at).collect::<Vec<_>>()
        };
        let rounding = part(|p| Some(p.parts(Criterion::Rmse, Policy::Count, 1.0)?.rounding));
        let clipping = part(|p| Some(p.parts(Criterion::Rmse, Policy::Count, 1.0)?.clipping));
        let total = part(|p| Some(p.parts(Criterion::Rmse, Policy::Count, 1.0)?.value));
        let mut input = LineInput::new(
            AxisSpec::log(Quantity::Depth, "end of the range"),
            AxisSpec::log(Quantity::Length, "RMSE").over(4e-3, 8.0),
            vec![
                Series::new("rounding", Ink::Rounding, rounding),
                Series::new("clipping", Ink::Clipping, clipping),
                Series::new("total", Ink::Primary, total.clone()).bold(),
            ],
        );
        for (i, calibrator) in Calibrator::all().iter().enumerate() {
            if let Ok(range) = calibrator.range(&self.depths, Bits::EIGHT) {
                input.marks.push(Mark {
                    x: range.max_m(),
                    label: calibrator.name(),
                    tint: Ink::series(i % 2 * 3 + 2).into(),
                    dashed: true,
                });
            }
        }
        input.marks.truncate(9);
        input.marks.insert(
            0,
            Mark {
                x: self.chosen.max_m(),
                label: "current 15 m".to_owned(),
                tint: Ink::Chosen.into(),
                dashed: false,
            },
        );
        if let Some(least) = total.iter().min_by(|a, b| a.1.total_cmp(&b.1)) {
            input.spots.push(Spot {
                at: *least,
                label: format!(
                    "best {} \u{b7} {}",
                    Quantity::Depth.text(least.0),
                    Quantity::Length.text(least.1)
                ),
                tint: Ink::Best.into(),
            });
        }
        let height = 420.0;
        LineChart::new(width, height, &input).scene(&input, total.get(60).map(|p| p.0))
    }

    fn against_start(&self, width: f64) -> Scene {
        let domain = AxisDomain::starts(&self.depths, self.chosen.max_m());
        let points = self.sweep(domain, Bits::EIGHT);
        let series = [
            (Criterion::AbsRel, "abs_rel"),
            (Criterion::Delta1, "delta1"),
            (Criterion::Silog, "silog"),
        ];
        let series = series
            .into_iter()
            .enumerate()
            .map(|(i, (criterion, name))| {
                let at = |p: &RangePoint| (p.range.min_m(), value(p, criterion));
                Series::new(name, Ink::series(i), points.iter().map(at))
            });
        let input = LineInput::new(
            AxisSpec::linear(Quantity::Depth, "start of the range"),
            AxisSpec::linear(Quantity::Share, "metric"),
            series.collect(),
        );
        LineChart::new(width, 320.0, &input).scene(&input, None)
    }

    fn bits(&self, width: f64) -> Scene {
        let series = (4..=16).filter_map(Bits::new).map(|bits| {
            let points = self.sweep(self.ends(), bits);
            let at = |p: &RangePoint| (p.range.max_m(), value(p, Criterion::Rmse));
            let place = usize::from(bits.get()) - 4;
            let name = format!("{} bits", bits.get());
            Series::new(name, Tint::ordered(place, 13), points.iter().map(at))
        });
        let input = LineInput::new(
            AxisSpec::log(Quantity::Depth, "end of the range"),
            AxisSpec::log(Quantity::Length, "RMSE"),
            series.collect(),
        );
        LineChart::new(width, 400.0, &input).scene(&input, None)
    }

    fn codes(&self, width: f64) -> Result<Scene, Box<dyn Error>> {
        let range = OutputRange::new(0.05, 230.3)?;
        let depths_m: Vec<f64> = (0..160)
            .map(|i| 0.06 * libm::exp(f64::from(i) * 0.0513))
            .collect();
        let mut series = Vec::new();
        for choice in CodeChoice::all() {
            let amount = CodeSize::Bits(Bits::EIGHT);
            let Ok(code) = choice.build(&self.depths, range, amount) else {
                continue;
            };
            let at = |&m: &f64| (m, code.step_at_m(m).map_or(f64::NAN, |step| step / m / 2.0));
            let place = series.len();
            series.push(Series::numbered(
                choice.name(),
                place,
                depths_m.iter().map(at),
            ));
        }
        let input = LineInput::new(
            AxisSpec::log(Quantity::Depth, "depth"),
            AxisSpec::log(Quantity::Share, "largest error, share of the depth").over(1e-4, 1.0),
            series,
        );
        Ok(LineChart::new(width, 420.0, &input).scene(&input, None))
    }

    fn landscape(&self, width: f64, every: usize) -> Scene {
        let how = RangeSettings::default();
        let axes = RangeMapAxes::around(&self.depths, 48, 64);
        let mut cells = vec![HeatCell::Pending; 48 * 64];
        for row in (0..48).step_by(every) {
            let points = axes.row(&self.depths, row, &how, SumKind::Squares);
            let cell = |point: Option<RangeMapPoint>| {
                let parts = point?.parts(Criterion::Rmse, Policy::Count, 1.0)?;
                Some(HeatCell::Value(parts.value))
            };
            for (column, point) in points.into_iter().flatten().enumerate() {
                cells[row * 64 + column] = cell(point).unwrap_or(HeatCell::Blank);
            }
        }
        let grid = HeatGrid {
            xs: axes.ends_m,
            ys: axes.starts_m,
            cells,
        };
        let least = grid.extremes().map_or(1.0, |ends| ends.0);
        let spot = |range: OutputRange, label: &str, ink: Ink| Spot {
            at: (range.max_m(), range.min_m()),
            label: label.to_owned(),
            tint: ink.into(),
        };
        let mut spots = vec![spot(self.chosen, "current", Ink::Chosen)];
        spots.extend(self.best.map(|best| spot(best.range, "best", Ink::Best)));
        for candidate in &self.candidates {
            if candidate.range != self.chosen {
                spots.push(spot(candidate.range, &candidate.name, Ink::Primary));
            }
        }
        let input = HeatInput {
            x: AxisSpec::log(Quantity::Depth, "end of the range"),
            y: AxisSpec::linear(Quantity::Depth, "start of the range"),
            value: AxisSpec::log(Quantity::Length, "RMSE"),
            levels: Level::around_least(least),
            grid,
            spots,
        };
        let height = if width < 500.0 { 380.0 } else { 460.0 };
        HeatMap::new(width, height, &input).scene(&input, Some((20, 30)))
    }
}

fn layers(width: f64) -> Scene {
    let layer = |i: i32| f64::from(i);
    let linear = (1..=60).map(|i| (layer(i), 1e-4 * layer(i).sqrt() * 5.0));
    let compounding = (1..=60).map(|i| (layer(i), 1e-4 * libm::pow(1.146, layer(i))));
    let input = LineInput::new(
        AxisSpec::linear(Quantity::Number, "layer"),
        AxisSpec::log(Quantity::Length, "accumulated error (a model)"),
        vec![
            Series::new("root sum of squares", Ink::Series1, linear),
            Series::new("compounding", Ink::Series2, compounding).dashed(),
        ],
    );
    LineChart::new(width, 300.0, &input).scene(&input, Some(30.0))
}

fn pieces(width: f64) -> Scene {
    let pieces = Pieces::depth_aware();
    let editor = PieceEditor::new(width, (0.3, 25.0), &pieces);
    editor.scene(&pieces, Some(EditorHit::Knot(1)))
}
