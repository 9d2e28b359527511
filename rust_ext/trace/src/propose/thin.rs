//! Thinning: a skeleton one pixel wide (Guo and Hall, 1989).

/// Steps from a pixel to its neighbours, clockwise from the one above: (right, down).
const AROUND: [(isize, isize); 8] = [(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)];

/// Whether a pixel with these neighbours (bit i is `AROUND[i]`) goes, in the first and in the second turn: it is
/// beside the paper on that turn's side, no end of a line, and all its neighbours stay connected without it.
const GOES: [[bool; 256]; 2] = {
    let mut goes = [[false; 256]; 2];
    let mut near = 0;
    while near < 256 {
        let (mut parts, mut pairs, mut shifted_pairs, mut at) = (0, 0, 0, 0);
        while at < 8 {
            let [side, corner, next] = [near >> at & 1, near >> (at + 1) & 1, near >> ((at + 2) % 8) & 1];
            parts += (1 - side) * (corner | next);
            pairs += side | corner;
            shifted_pairs += corner | next;
            at += 2;
        }
        let count = if pairs < shifted_pairs { pairs } else { shifted_pairs };
        let [n, ne, e, se, s, sw, w, nw] = [
            near & 1,
            near >> 1 & 1,
            near >> 2 & 1,
            near >> 3 & 1,
            near >> 4 & 1,
            near >> 5 & 1,
            near >> 6 & 1,
            near >> 7 & 1,
        ];
        let is_edge = parts == 1 && 2 <= count && count <= 3;
        goes[1][near] = is_edge && (s | sw | (1 - nw)) * w == 0;
        goes[0][near] = is_edge && (n | ne | (1 - se)) * e == 0;
        near += 1;
    }
    goes
};

/// The skeleton of a mask, which has a border that is empty.
pub(super) fn thinned(mask: &[u8], width: usize) -> Vec<u8> {
    let mut skeleton = mask.to_vec();
    let steps = AROUND.map(|(right, down)| right + down * width as isize);
    let mut left: Vec<usize> = (0..mask.len()).filter(|&at| mask[at] > 0).collect();
    let mut going = Vec::new();
    loop {
        let before = left.len();
        for goes in &GOES {
            going.clear();
            left.retain(|&pixel| {
                let bits = steps.iter().enumerate();
                let near =
                    bits.map(|(bit, step)| skeleton[pixel.wrapping_add_signed(*step)] << bit).sum::<u8>();
                if goes[usize::from(near)] {
                    going.push(pixel);
                }
                !goes[usize::from(near)]
            });
            going.iter().for_each(|&pixel| skeleton[pixel] = 0);
        }
        if left.len() == before {
            return skeleton;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(mask: &[u8], width: usize) -> usize {
        let (mut seen, mut count) = (mask.to_vec(), 0);
        while let Some(start) = seen.iter().position(|ink| *ink > 0) {
            let mut open = vec![start];
            while let Some(pixel) = open.pop() {
                if std::mem::take(&mut seen[pixel]) > 0 {
                    open.extend(AROUND.map(|(x, y)| pixel.wrapping_add_signed(x + y * width as isize)));
                }
            }
            count += 1;
        }
        count
    }

    #[test]
    fn a_bar_becomes_its_middle() {
        let bar = |rows: std::ops::Range<usize>| -> Vec<u8> {
            (0..7 * 12)
                .map(|at| u8::from(rows.contains(&(at / 12)) && (2..10).contains(&(at % 12))))
                .collect()
        };
        let skeleton = thinned(&bar(2..5), 12);
        let middle: Vec<usize> = (0..84).filter(|&at| skeleton[at] > 0).collect();
        assert!(middle.iter().all(|at| at / 12 == 3) && middle.len() >= 5, "{middle:?}");
        assert_eq!(thinned(&bar(3..4), 12), bar(3..4));
    }

    proptest! {
        #[test]
        fn it_is_as_connected_as_the_mask_and_thin(
            discs in prop::collection::vec((4usize..26, 4usize..26, 2usize..4), 1..9),
        ) {
            let width = 30;
            let inside = |at: usize| discs.iter().any(|&(x, y, radius)| {
                (at % width).abs_diff(x).pow(2) + (at / width).abs_diff(y).pow(2) <= radius * radius
            });
            let mask: Vec<u8> = (0..width * width).map(|at| u8::from(inside(at))).collect();
            let skeleton = thinned(&mask, width);
            prop_assert!(skeleton.iter().zip(&mask).all(|(line, ink)| line <= ink));
            prop_assert_eq!(parts(&skeleton, width), parts(&mask, width));
            prop_assert_eq!(thinned(&skeleton, width), skeleton);
        }
    }
}
