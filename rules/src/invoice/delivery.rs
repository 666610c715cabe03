//! Rules about when and where to it is supplied: § 14 (4) no. 6 UStG, BR-29, BR-57.

use super::{
    check::Check,
    limits::TEXT_MAX,
    party::{DeliverTo, Delivery},
};
use crate::{
    draft::{DeliverToDraft, DeliveryDraft},
    violation::At,
};

impl Check {
    /// The date is mandatory, also where it is the issue date (BMF of 13 December 2004; section 14.5 (16) UStAE).
    pub(super) fn delivery(&mut self, draft: Option<DeliveryDraft>) -> Delivery {
        let root = At::ROOT.field("delivery");
        let draft = draft.unwrap_or_default();
        if draft.date.is_none() && draft.from.is_none() && draft.to.is_none() {
            let detail = "When it was supplied is missing.";
            let hint =
                "Send delivery.date, or delivery.from and delivery.to; it is needed also where it is the issue date.";
            self.violations.missing(root, "UStG-14-4-6", detail, hint);
        }
        match (draft.from, draft.to) {
            (Some(from), Some(to)) if to < from => {
                self.fault(root.field("to"), "BR-29", "The period ends before it begins.", "Exchange from and to.");
            }
            (Some(_), None) => self.half_a_period(root.field("to")),
            (None, Some(_)) => self.half_a_period(root.field("from")),
            _ => {}
        }
        if let (Some(date), Some(from), Some(to)) = (draft.date, draft.from, draft.to)
            && !(from..=to).contains(&date)
        {
            let detail = "The date is outside the period.";
            self.fault(
                root.field("date"),
                "delivery-twice",
                detail,
                "Send the date or the period, or a date inside it.",
            );
        }
        Delivery {
            date: draft.date,
            from: draft.from,
            to: draft.to,
            supplied_at_us: draft.supplied_at_us.map(|at_us| self.moment(at_us, root.field("supplied_at_us"))),
            address: draft.address.map(|draft| self.deliver_to(draft, root)),
        }
    }

    fn half_a_period(&mut self, at: At<'_>) {
        self.violations.missing(at, "UStG-14-4-6", "Half of the period is missing.", "Send from and to, or the date.");
    }

    fn deliver_to(&mut self, draft: DeliverToDraft, delivery: At<'_>) -> DeliverTo {
        let root = delivery.field("address");
        DeliverTo {
            name: self.text(draft.name, root.field("name"), TEXT_MAX),
            street: self.text(draft.street, root.field("street"), TEXT_MAX),
            street_extra: self.text(draft.street_extra, root.field("street_extra"), TEXT_MAX),
            zip: self.text(draft.zip, root.field("zip"), TEXT_MAX),
            city: self.text(draft.city, root.field("city"), TEXT_MAX),
            country: self.country(draft.country, root.field("country"), "BR-57", "The country that it is delivered to"),
        }
    }
}
