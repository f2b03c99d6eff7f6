//! Generalised intersection over union: how far two boxes are from covering each other, also where they do not meet.

use crate::families::{Boxes, Columns, Point};
use crate::loss::{CONSTANTS, Info};

pub struct Loss;

impl Columns<4, 4> for Loss {
    const INFO: Info = Info {
        summary: "One minus the overlap of two boxes as a share of both, plus the share of the least box around both \
                  that neither covers.",
        use_when: "Boxes are detected and judged by their overlap: unlike a distance of coordinates it does not depend \
                   on their size, and unlike overlap it has a gradient where boxes do not meet.",
        formula: "1 - intersection/union + (hull - union)/hull",
        aliases: &["giou_loss", "generalized_iou", "generalized_box_iou_loss"],
        relations: &[
            ("diou", "brings boxes together by the distance of their centres, faster"),
            ("jaccard", "1 - intersection/union of masks in the place of boxes"),
        ],
        source: "Rezatofighi et al. 2019, doi:10.1109/CVPR.2019.00075",
        ..Boxes::INFO
    };

    #[inline(always)]
    fn at(_: &[f64; CONSTANTS], y: [f64; 4], x: [f64; 4]) -> Point<4> {
        let boxes = Boxes::new(x, y);
        boxes.point(boxes.apart().plus(boxes.between()))
    }
}
