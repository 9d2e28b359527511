//! Polygons to the share of each pixel that is inside, by the nonzero rule: exact, rows of pixels one by one.
//!
//! A row is divided where an edge begins or ends, or crosses another: within such a slab the edges are in order,
//! and those where the winding number leaves or reaches 0 bound the area, which is that of trapezoids.

use super::bezier::Point;

/// Edges that are no further the wrong way round than this, in pixels, are in order.
const ORDER: f64 = 1e-7;
/// Most edges that may begin or end in a row, and most crossings in it, that are looked at one by one. With more,
/// the row is sampled along `SAMPLES` lines.
const MAX_EVENTS: usize = 256;
const SAMPLES: usize = 64;
/// Most chains of a row that are looked for.
const MAX_CHAINS: usize = 8;
/// An edge that is no higher, in pixels, is left out: so is its slope, which may be infinite.
const FLAT: f64 = 1e-12;
/// A share below is none.
const LEAST: f64 = 1e-12;
const NO_COLUMNS: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];

/// A side of a polygon in pixels, from its upper end to its lower one.
#[derive(Clone, Copy, Debug)]
struct Edge {
    x: f64,
    top: f64,
    slope: f64,
    end: f64,
    bottom: f64,
    winding: i32,
}

impl Edge {
    fn at(&self, y: f64) -> f64 {
        if y >= self.bottom { self.end } else { self.x + (y - self.top) * self.slope }
    }
}

/// The edges of the polygons of a stroke, as far as they are in some rows, and memory to fill them with.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    edges: Vec<Edge>,
    stretch: f64,
    top: f64,
    bottom: f64,
    right: f64,
    active: Vec<Edge>,
    events: Vec<f64>,
    spans: Vec<Span>,
    chains: Vec<Chain>,
    /// Which chain each of the active edges is part of.
    chain_of: Vec<usize>,
    /// By how much each pixel of the row differs from its left neighbour, and between which columns any does.
    steps: Vec<f64>,
    columns: [f64; 2],
}

/// An edge within a slab: where it is at its upper and at its lower border.
#[derive(Clone, Copy, Debug)]
struct Span {
    above: f64,
    below: f64,
    winding: i32,
}

/// Edges in a row, each of which begins where the one above ends.
#[derive(Clone, Copy, Debug)]
struct Chain {
    left: f64,
    right: f64,
    bottom: Point,
    winding: i32,
    number: usize,
    /// Whether the area begins or ends there.
    sign: f64,
}

impl Edges {
    /// Begin a stroke on the rows from `top` to `bottom` of an image that is `right` pixels wide. Lengths along x
    /// are `stretch` times as many pixels.
    pub fn begin(&mut self, top: f64, bottom: f64, right: f64, stretch: f64) {
        self.edges.clear();
        (self.top, self.bottom, self.right, self.stretch) = (top, bottom, right, stretch);
    }

    pub fn add_polygon(&mut self, points: &[Point]) {
        let Some(mut from) = points.last().copied() else { return };
        for &to in points {
            self.add(from, to);
            from = to;
        }
    }

    fn add(&mut self, from: Point, to: Point) {
        let (upper, lower, winding) = if from[1] < to[1] { (from, to, 1) } else { (to, from, -1) };
        let (x, end) = (upper[0] * self.stretch, lower[0] * self.stretch);
        let outside =
            upper[1] >= self.bottom || lower[1] <= self.top || (x >= self.right && end >= self.right);
        if lower[1] - upper[1] <= FLAT || outside {
            return;
        }
        let mut edge = Edge {
            x,
            top: upper[1],
            slope: (end - x) / (lower[1] - upper[1]),
            end,
            bottom: lower[1],
            winding,
        };
        if x <= 0.0 && end <= 0.0 {
            (edge.x, edge.end, edge.slope) = (0.0, 0.0, 0.0);
        }
        if edge.bottom > self.bottom {
            (edge.end, edge.bottom) = (edge.at(self.bottom), self.bottom);
        }
        if edge.top < self.top {
            (edge.x, edge.top) = (edge.at(self.top), self.top);
        }
        self.edges.push(edge);
    }

    /// Raise pixels, rows of `width` from the window's top on, to what the stroke covers of them.
    pub fn cover(&mut self, pixels: &mut [f32], width: usize) {
        self.steps.clear();
        self.steps.resize(width + 2, 0.0);
        self.columns = NO_COLUMNS;
        self.each_row(pixels, width, |edges, y, row| {
            edges.fill_row(y);
            edges.write(row);
        });
    }

    /// Set the pixels to 1 whose centres are inside the stroke.
    pub fn mark(&mut self, pixels: &mut [f32], width: usize) {
        self.each_row(pixels, width, |edges, y, row| {
            edges.spans_along(y + 0.5);
            let (mut sum, mut from) = (0, 0.0);
            for &Span { above, winding, .. } in &edges.spans {
                let before = sum;
                sum += winding;
                if before == 0 {
                    from = above;
                } else if sum == 0 {
                    // As casts saturate, what is left of the image begins with its first pixel.
                    let (first, end) = ((from - 0.5).ceil() as usize, (above + 0.5).floor() as usize);
                    if let Some(inside) = row.get_mut(first..end.min(width)) {
                        inside.fill(1.0);
                    }
                }
            }
            if sum != 0
                && let Some(inside) = row.get_mut((from - 0.5).ceil() as usize..)
            {
                inside.fill(1.0); // the edges on its right are beyond the image
            }
        });
    }

    /// Call `paint` for each row that an edge is in, with those edges in `active`.
    fn each_row(
        &mut self,
        pixels: &mut [f32],
        width: usize,
        mut paint: impl FnMut(&mut Self, f64, &mut [f32]),
    ) {
        self.edges.sort_unstable_by(|one, other| one.top.total_cmp(&other.top));
        self.active.clear();
        let (mut next, mut y) = (0, self.edges.first().map_or(self.bottom, |edge| edge.top.floor()));
        while y < self.bottom {
            while let Some(edge) = self.edges.get(next).filter(|edge| edge.top < y + 1.0) {
                self.active.push(*edge);
                next += 1;
            }
            self.active.retain(|edge| edge.bottom > y);
            if self.active.is_empty() {
                match self.edges.get(next) {
                    Some(edge) => y = edge.top.floor(),
                    None => return,
                }
                continue;
            }
            let start = (y - self.top) as usize * width;
            let Some(row) = pixels.get_mut(start..start + width) else { return };
            paint(self, y, row);
            y += 1.0;
        }
    }

    /// Add up what a row covers.
    fn fill_row(&mut self, y: f64) {
        if !self.find_chains(y) {
            self.fill_slabs(y);
            return;
        }
        let mut sum = 0;
        for chain in &mut self.chains {
            let before = sum;
            sum += chain.winding;
            chain.sign = if before == 0 {
                1.0
            } else if sum == 0 {
                -1.0
            } else {
                0.0
            };
        }
        let (chains, steps, right) = (&self.chains, &mut self.steps, self.right);
        let [from, to] = &mut self.columns;
        *from = from.min(chains.first().map_or(right, |chain| chain.left));
        *to = to.max(if sum == 0 { chains.last().map_or(0.0, |chain| chain.right) } else { right });
        for (edge, number) in self.active.iter().zip(&self.chain_of) {
            let (top, bottom) = (edge.top.max(y), edge.bottom.min(y + 1.0));
            let sign = chains.iter().find(|chain| chain.number == *number).map_or(0.0, |chain| chain.sign);
            if sign != 0.0 {
                add_right_of(steps, right, [edge.at(top), edge.at(bottom)], sign * (bottom - top));
            }
        }
    }

    /// Whether the edges of a row form chains, from left to right, each of which leads from its top to its bottom and
    /// is to the right of the one before.
    fn find_chains(&mut self, y: f64) -> bool {
        self.chains.clear();
        self.chain_of.clear();
        for edge in &self.active {
            let (top, bottom) = (edge.top.max(y), edge.bottom.min(y + 1.0));
            let (above, below) = (edge.at(top), edge.at(bottom));
            let (left, right) = if above < below { (above, below) } else { (below, above) };
            let follows = |chain: &&mut Chain| chain.bottom == [above, top] && chain.winding == edge.winding;
            if let Some(chain) = self.chains.iter_mut().find(follows) {
                (chain.left, chain.right) = (chain.left.min(left), chain.right.max(right));
                chain.bottom = [below, bottom];
                self.chain_of.push(chain.number);
                continue;
            }
            let number = self.chains.len();
            if top > y || number == MAX_CHAINS {
                return false;
            }
            self.chain_of.push(number);
            let (winding, bottom) = (edge.winding, [below, bottom]);
            self.chains.push(Chain { left, right, bottom, winding, number, sign: 0.0 });
        }
        self.chains.sort_unstable_by(|one, other| one.left.total_cmp(&other.left));
        self.chains.iter().all(|chain| chain.bottom[1] >= y + 1.0)
            && self.chains.windows(2).all(|pair| pair[0].right <= pair[1].left)
    }

    /// Divide a row into slabs, and add up what each covers.
    fn fill_slabs(&mut self, y: f64) {
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        events.extend([y, y + 1.0]);
        events.extend(
            self.active.iter().flat_map(|edge| [edge.top, edge.bottom]).filter(|at| y < *at && *at < y + 1.0),
        );
        if events.len() > MAX_EVENTS {
            self.sample(y);
        } else {
            events.sort_unstable_by(f64::total_cmp);
            let mut crossings = MAX_EVENTS;
            for slab in events.windows(2).filter(|slab| slab[0] < slab[1]) {
                self.slab(slab[0], slab[1], &mut crossings);
            }
        }
        self.events = events;
    }

    /// Add up what a slab covers, in parts if edges cross in it.
    fn slab(&mut self, top: f64, bottom: f64, crossings: &mut usize) {
        let mut top = top;
        while top < bottom {
            let mut end = bottom;
            loop {
                self.spans_between(top, end);
                match self.crossing(top, end) {
                    Some(at) if *crossings > 0 => {
                        *crossings -= 1;
                        end = at;
                    }
                    _ => break,
                }
            }
            self.add_spans(end - top);
            top = end;
        }
    }

    /// The edges that pass a slab from top to bottom, ordered along its middle.
    fn spans_between(&mut self, top: f64, bottom: f64) {
        // They are in the order in which they begin.
        let begun = self.active.iter().take_while(|edge| edge.top <= top);
        let passing = begun.filter(|edge| edge.bottom >= bottom);
        self.spans.clear();
        self.spans.extend(passing.map(|edge| Span {
            above: edge.at(top),
            below: edge.at(bottom),
            winding: edge.winding,
        }));
        self.sort_spans();
    }

    /// The edges along a line, ordered.
    fn spans_along(&mut self, y: f64) {
        let passing = self.active.iter().filter(|edge| edge.top <= y && edge.bottom > y);
        self.spans.clear();
        self.spans.extend(passing.map(|edge| {
            let x = edge.at(y);
            Span { above: x, below: x, winding: edge.winding }
        }));
        self.sort_spans();
    }

    fn sort_spans(&mut self) {
        let middle = |span: &Span| span.above + span.below;
        self.spans.sort_unstable_by(|one, other| middle(one).total_cmp(&middle(other)));
    }

    /// Where in a slab the first of its neighbouring edges that are not in order cross.
    fn crossing(&self, top: f64, bottom: f64) -> Option<f64> {
        let mut first: Option<f64> = None;
        for pair in self.spans.windows(2) {
            let (above, below) = (pair[1].above - pair[0].above, pair[1].below - pair[0].below);
            if above < -ORDER || below < -ORDER {
                let at = top + (bottom - top) * (above / (above - below)).clamp(0.0, 1.0);
                if at > top && at < bottom && first.is_none_or(|first| at < first) {
                    first = Some(at);
                }
            }
        }
        first
    }

    /// What a row covers, sampled.
    fn sample(&mut self, y: f64) {
        let height = 1.0 / SAMPLES as f64;
        for sample in 0..SAMPLES {
            self.spans_along(y + (sample as f64 + 0.5) * height);
            self.add_spans(height);
        }
    }

    /// Add to the row what lies between the edges of a slab, whose winding number there is not 0.
    fn add_spans(&mut self, height: f64) {
        let (Some(first), Some(last)) = (self.spans.first(), self.spans.last()) else { return };
        let [from, to] = &mut self.columns;
        *from = from.min(first.above.min(first.below));
        *to = to.max(last.above.max(last.below));
        let (steps, right) = (&mut self.steps, self.right);
        let mut sum = 0;
        for span in &self.spans {
            let before = sum;
            sum += span.winding;
            if before == 0 || sum == 0 {
                let sign = if before == 0 { 1.0 } else { -1.0 };
                add_right_of(steps, right, [span.above, span.below], sign * height);
            }
        }
        if sum != 0 {
            self.columns[1] = right; // the edges on its right are beyond the image
        }
    }

    /// Raise the row to the sums of its steps, and clear these.
    fn write(&mut self, row: &mut [f32]) {
        let [from, to] = std::mem::replace(&mut self.columns, NO_COLUMNS);
        // Casts saturate. An edge may reach one column further than where it is.
        let (from, to) = (from as usize, (to as usize).saturating_add(2).min(self.steps.len()));
        let Some(steps) = self.steps.get_mut(from..to) else { return };
        let mut covered = 0.0;
        for (pixel, step) in row.iter_mut().skip(from).zip(&mut *steps) {
            covered += *step;
            let value = if covered > LEAST { covered.min(1.0) as f32 } else { 0.0 };
            *pixel = pixel.max(value);
        }
        steps.fill(0.0);
    }
}

/// Add the area to the right of an edge, which goes from one x to another over so much of the row's height.
fn add_right_of(steps: &mut [f64], right: f64, ends: [f64; 2], height: f64) {
    let (low, high) = if ends[0] < ends[1] { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
    if low >= right {
        return;
    }
    if high <= 0.0 {
        steps[0] += height;
        return;
    }
    let (from, to) = (low.max(0.0), high.min(right));
    let slope = height / (high - low); // of a vertical edge it is not used
    if low < 0.0 {
        steps[0] += -low * slope;
    }
    let height = if low < 0.0 || high > right { (to - from) * slope } else { height };
    let (first, last) = (from as usize, to as usize);
    if first == last {
        let share = 0.5 * (from + to) - first as f64;
        steps[first] += height * (1.0 - share);
        steps[first + 1] += height * share;
        return;
    }
    // Of each pixel what is to the right of the edge; the differences of these are added.
    let enter = (first + 1) as f64 - from;
    let mut before = 0.5 * enter * enter * slope;
    steps[first] += before;
    let mut area = (first as f64 + 1.5 - from) * slope;
    for step in &mut steps[first + 1..last] {
        *step += area - before;
        before = area;
        area += slope;
    }
    let rest = to - last as f64;
    let area = height - 0.5 * rest * rest * slope;
    steps[last] += area - before;
    steps[last + 1] += height - area;
}
