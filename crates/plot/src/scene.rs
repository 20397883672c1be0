//! Shapes of a chart in CSS pixels, with colours named by their meaning.

use serde::{Deserialize, Serialize};

/// A colour by meaning. The page's tokens say which colour it is, in either theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ink {
    /// Totals and primary text.
    Primary,
    /// Secondary text.
    Muted,
    /// Grid lines and axes.
    Line,
    /// The surface behind the chart.
    Surface,
    /// Rounding.
    Rounding,
    /// Clipping.
    Clipping,
    /// A soft tint of clipping, for areas.
    ClippingSoft,
    /// The chosen range.
    Chosen,
    /// The best range or value.
    Best,
    /// The first of several series without a meaning of their own.
    Series1,
    /// The second.
    Series2,
    /// The third.
    Series3,
    /// The fourth.
    Series4,
    /// The fifth.
    Series5,
    /// The sixth.
    Series6,
    /// The first of many ordered series; those between are mixed.
    OrderLow,
    /// The last of them.
    OrderHigh,
    /// The far end of a map of signed values, under zero.
    Under,
    /// Zero in such a map.
    Zero,
    /// Its far end over zero.
    Over,
    /// Lines over a map in colours: light in either theme, as such colours do not follow it.
    OnMap,
    /// The edge of those lines: dark in either theme.
    OnMapEdge,
}

impl Ink {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Primary,
        Self::Muted,
        Self::Line,
        Self::Surface,
        Self::Rounding,
        Self::Clipping,
        Self::ClippingSoft,
        Self::Chosen,
        Self::Best,
        Self::Series1,
        Self::Series2,
        Self::Series3,
        Self::Series4,
        Self::Series5,
        Self::Series6,
        Self::OrderLow,
        Self::OrderHigh,
        Self::Under,
        Self::Zero,
        Self::Over,
        Self::OnMap,
        Self::OnMapEdge,
    ];

    /// The inks of series.
    pub const SERIES: [Self; 6] = [
        Self::Series1,
        Self::Series2,
        Self::Series3,
        Self::Series4,
        Self::Series5,
        Self::Series6,
    ];

    /// The ink of a series by its index; the six inks repeat.
    #[must_use]
    pub fn series(place: usize) -> Self {
        Self::SERIES[place % Self::SERIES.len()]
    }
}

/// A colour made of inks, or one of the scale of maps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Tint {
    /// An ink as it is.
    Pure(Ink),
    /// An ink of this opacity, 0 to 1.
    Soft(Ink, f64),
    /// From the first ink (0) to the second (1).
    Mix(Ink, Ink, f64),
    /// A position on viridis, from its dark end (0) to its bright end (1), and an opacity: the colours of depth maps.
    Scale(f64, f64),
}

impl From<Ink> for Tint {
    fn from(ink: Ink) -> Self {
        Self::Pure(ink)
    }
}

impl Tint {
    /// The colour of one of `count` ordered series.
    #[must_use]
    pub fn ordered(place: usize, count: usize) -> Self {
        let share = place as f64 / (count.max(2) - 1) as f64;
        Self::Mix(Ink::OrderLow, Ink::OrderHigh, share)
    }

    /// The colour of a signed value from -1 to 1 on a map about zero.
    #[must_use]
    pub fn signed(value: f64) -> Self {
        let far = if value < 0.0 { Ink::Under } else { Ink::Over };
        Self::Mix(Ink::Zero, far, value.abs().min(1.0))
    }

    /// The same colour with this opacity. Mixed inks stay as they are.
    #[must_use]
    pub fn soft(self, opacity: f64) -> Self {
        match self {
            Self::Pure(ink) | Self::Soft(ink, _) => Self::Soft(ink, opacity),
            Self::Scale(place, _) => Self::Scale(place, opacity),
            Self::Mix(..) => self,
        }
    }
}

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weight {
    /// Axis labels.
    Regular,
    /// Direct labels of curves and marks.
    Bold,
}

/// Alignment of a text relative to its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Align {
    /// The text begins at the anchor.
    Start,
    /// The text is centred on it.
    Middle,
    /// The text ends at it.
    End,
}

/// One thing to paint. Coordinates are CSS pixels from the top left corner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// A polyline.
    Path {
        /// Its points.
        points: Vec<(f64, f64)>,
        /// Its colour.
        ink: Tint,
        /// Its width.
        width: f64,
        /// True for a dashed line.
        dashed: bool,
    },
    /// A filled polygon.
    Polygon {
        /// Its corners.
        points: Vec<(f64, f64)>,
        /// Its colour.
        ink: Tint,
    },
    /// A grid of filled rectangles.
    Cells {
        /// Edges of the columns from left to right, one more than columns.
        x_edges: Vec<f64>,
        /// Edges of the rows from top to bottom, one more than rows.
        y_edges: Vec<f64>,
        /// Colours row by row; `None` leaves a cell blank.
        tints: Vec<Option<Tint>>,
    },
    /// A filled rectangle between two corners.
    Area {
        /// Upper left corner.
        from: (f64, f64),
        /// Lower right corner.
        to: (f64, f64),
        /// Its colour.
        ink: Tint,
    },
    /// A disc with a ring of another colour around it.
    Dot {
        /// Its centre.
        at: (f64, f64),
        /// Radius of the disc.
        radius: f64,
        /// Colour of the disc.
        fill: Tint,
        /// Colour of the ring.
        ring: Tint,
    },
    /// A line of text, vertically centred on its anchor.
    Text {
        /// The anchor.
        at: (f64, f64),
        /// The words.
        text: String,
        /// Its colour.
        ink: Tint,
        /// Alignment relative to the anchor.
        align: Align,
        /// Its weight.
        weight: Weight,
    },
}

/// A painted chart: its size and its shapes, back to front.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
    /// The shapes.
    pub shapes: Vec<Shape>,
}

impl Scene {
    /// An empty chart.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            shapes: Vec::new(),
        }
    }

    /// Adds a polyline, if it has two points.
    pub fn path(&mut self, points: Vec<(f64, f64)>, ink: impl Into<Tint>, width: f64) {
        self.stroke(points, ink, width, false);
    }

    /// Adds a dashed polyline, if it has two points.
    pub fn dashes(&mut self, points: Vec<(f64, f64)>, ink: impl Into<Tint>, width: f64) {
        self.stroke(points, ink, width, true);
    }

    /// Adds a polyline of either kind, if it has two points.
    pub fn stroke(
        &mut self,
        points: Vec<(f64, f64)>,
        ink: impl Into<Tint>,
        width: f64,
        dashed: bool,
    ) {
        if points.len() > 1 {
            self.shapes.push(Shape::Path {
                points,
                ink: ink.into(),
                width,
                dashed,
            });
        }
    }

    /// Adds a straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: impl Into<Tint>, width: f64) {
        self.path(vec![from, to], ink, width);
    }

    /// Adds a filled rectangle.
    pub fn area(&mut self, from: (f64, f64), to: (f64, f64), ink: impl Into<Tint>) {
        let ink = ink.into();
        self.shapes.push(Shape::Area { from, to, ink });
    }

    /// Adds a filled polygon, if it has three corners.
    pub fn polygon(&mut self, points: Vec<(f64, f64)>, ink: impl Into<Tint>) {
        if points.len() > 2 {
            let ink = ink.into();
            self.shapes.push(Shape::Polygon { points, ink });
        }
    }

    /// Adds a grid of filled rectangles; see [`Shape::Cells`].
    pub fn cells(&mut self, x_edges: Vec<f64>, y_edges: Vec<f64>, tints: Vec<Option<Tint>>) {
        self.shapes.push(Shape::Cells {
            x_edges,
            y_edges,
            tints,
        });
    }

    /// Adds a disc with a ring.
    pub fn dot(
        &mut self,
        at: (f64, f64),
        radius: f64,
        fill: impl Into<Tint>,
        ring: impl Into<Tint>,
    ) {
        self.shapes.push(Shape::Dot {
            at,
            radius,
            fill: fill.into(),
            ring: ring.into(),
        });
    }

    /// Adds a text.
    pub fn text(
        &mut self,
        at: (f64, f64),
        text: impl Into<String>,
        ink: impl Into<Tint>,
        align: Align,
        weight: Weight,
    ) {
        self.shapes.push(Shape::Text {
            at,
            text: text.into(),
            ink: ink.into(),
            align,
            weight,
        });
    }

    /// The texts, back to front.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some(text.as_str()),
            _ => None,
        })
    }
}
