//! What a round does, what it reaches, and what may happen at a target. Fixed words; which outcomes are final is the
//! round's.

use kit::words;

words! {
    /// What is done on a round.
    RoundKind {
        /// 送信告知
        Letter = "letter",
        /// 上门排摸
        Screening = "screening",
        /// 电话排摸
        Telephone = "telephone",
        /// 核酸采样
        Sampling = "sampling",
        /// 发放物资
        HandOut = "hand-out",
        /// 消杀
        Disinfection = "disinfection",
        /// 企业走访
        BusinessVisit = "business-visit",
        /// 其他
        Free = "free",
    }
}

words! {
    /// What a round reaches.
    Reach {
        /// 每户
        Households = "households",
        /// 每人
        Residents = "residents",
        /// 每个单元
        Units = "units",
        /// 每家企业、商铺
        Businesses = "businesses",
    }
}

words! {
    /// Which of them.
    Only {
        /// 全部
        All = "all",
        /// 有特殊需要或不会网购的
        Needy = "needy",
        /// 独居的
        Alone = "alone",
        /// 80 岁及以上的
        Over80 = "over-80",
        /// 没有接种疫苗或不清楚的
        Unvaccinated = "unvaccinated",
    }
}

words! {
    /// What happened at a target.
    Outcome {
        /// 已完成
        Done = "done",
        /// 已告知
        Told = "told",
        /// 信已送到
        Letter = "letter",
        /// 家中无人
        NobodyIn = "nobody-in",
        /// 拒绝
        Refused = "refused",
        /// 已搬走
        Moved = "moved",
        /// 免做
        Exempt = "exempt",
        /// 需要帮助
        NeedsHelp = "needs-help",
    }
}

words! {
    /// What somebody at the door needs.
    Need {
        /// 药品
        Medicine = "medicine",
        /// 外出考试
        Examination = "examination",
        /// 外出就医
        MedicalTrip = "medical-trip",
        /// 生活物资
        Food = "food",
        /// 其他
        Other = "other",
    }
}

impl Reach {
    /// Whose facts answers at such a target are.
    pub const fn whose(self) -> people::known::Whose {
        use people::known::Whose;
        match self {
            Self::Households => Whose::Household,
            Self::Residents => Whose::Resident,
            Self::Units => Whose::Unit,
            Self::Businesses => Whose::Business,
        }
    }

    /// Whether targets may be picked by what is known of the people there.
    pub const fn picks(self) -> bool {
        matches!(self, Self::Households | Self::Residents)
    }
}

impl RoundKind {
    /// What is offered at a target, the most common first.
    pub const fn offers(self) -> &'static [Outcome] {
        use Outcome::{Done, Exempt, Letter, Moved, NeedsHelp, NobodyIn, Refused, Told};
        match self {
            Self::Letter => &[Letter, NobodyIn, Told, NeedsHelp, Refused, Moved, Exempt],
            Self::Telephone => &[Told, NobodyIn, NeedsHelp, Refused, Moved, Exempt],
            Self::Sampling => &[Done, NobodyIn, Refused, Exempt, Moved, NeedsHelp],
            Self::Disinfection => &[Done, Refused, Exempt],
            Self::BusinessVisit => &[Done, NobodyIn, Told, NeedsHelp, Refused, Moved, Exempt],
            Self::Screening | Self::HandOut | Self::Free => {
                &[Done, NobodyIn, NeedsHelp, Refused, Moved, Exempt]
            }
        }
    }

    /// Whether the round's form is asked with this outcome: somebody was met, and did what the round is for.
    pub fn asks(self, outcome: Outcome) -> bool {
        self.offers().first() == Some(&outcome)
    }

    /// Whether an outcome ends the matter, where the round says nothing else: nobody in and refused are tried again.
    pub const fn ends(self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::NobodyIn | Outcome::Refused => false,
            // Whoever was told of the sampling or asked for help there has not been sampled yet.
            Outcome::NeedsHelp => !matches!(self, Self::Sampling),
            // Nor has a business been visited whose keeper was only told.
            Outcome::Told => !matches!(self, Self::Sampling | Self::BusinessVisit),
            Outcome::Done | Outcome::Letter | Outcome::Moved | Outcome::Exempt => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveEnum;

    use super::*;

    #[test]
    fn every_kind_can_be_finished_and_its_first_outcome_finishes_it() {
        for kind in RoundKind::ALL {
            assert!(kind.ends(kind.offers()[0]), "{kind:?}");
            assert_eq!(RoundKind::of(kind.name()), Some(*kind));
            assert_eq!(RoundKind::try_from_value(&kind.name().to_owned()).unwrap(), *kind);
        }
        for outcome in Outcome::ALL {
            assert_eq!(
                Outcome::try_from_value(&outcome.name().to_owned()).unwrap(),
                *outcome
            );
        }
    }
}
