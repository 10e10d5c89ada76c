//! The code on a pass: a CWT (RFC 8392) in COSE_Sign1 (RFC 9052) with EdDSA, compressed with zlib, in Base45 (RFC 9285),
//! as the European certificate was, so that a gate verifies it without a network.

use std::io::Read;

use ciborium::Value;
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use kit::{
    Problem, Result, Timestamp,
    id::{PassId, PlaceId, ResidentId},
};

use crate::model::PassKind;

/// What every code begins with: this format, first version.
pub const PREFIX: &str = "FX1:";
/// Longest code that is looked at, in characters.
pub const LONGEST: usize = 1_200;
/// Most bytes that a code may unfold to.
pub const UNFOLDED: u64 = 2_048;

/// Claims of our own, in CWT's range for private use.
const KIND: i64 = -65_537;
const COMMUNITY: i64 = -65_538;
const LABEL: i64 = -65_539;
/// Registered claims.
const SUB: i64 = 2;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const CTI: i64 = 7;

/// What a pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Id of the pass.
    pub id: PassId,
    /// What it is for.
    pub kind: PassKind,
    /// Community at whose gates it counts.
    pub community: PlaceId,
    /// Resident who holds it.
    pub resident: Option<ResidentId>,
    /// Masked name, plate: for the eye, not for look-up.
    pub label: String,
    /// Issued.
    pub issued: Timestamp,
    /// Valid from; whole seconds.
    pub from: Timestamp,
    /// Valid until, not included; whole seconds.
    pub until: Timestamp,
}

/// Why a code is no pass of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than a pass can be, or it unfolds to too much.
    #[error("too-long")]
    TooLong,
    /// Not `FX1:` and Base45.
    #[error("not-a-pass")]
    NotAPass,
    /// Not zlib.
    #[error("not-zlib")]
    NotZlib,
    /// Not a COSE_Sign1 with EdDSA and a key's name.
    #[error("not-cose")]
    NotCose,
    /// Signed with a key that this deployment does not have.
    #[error("unknown-key")]
    UnknownKey,
    /// The signature does not fit: altered, or made with another key of the same name.
    #[error("wrong-signature")]
    WrongSignature,
    /// Signed, but its claims cannot be read.
    #[error("not-cwt")]
    NotCwt,
}

/// A key that signs.
pub struct Signing {
    /// Its name in codes.
    pub kid: Vec<u8>,
    /// Secret.
    pub key: SigningKey,
}

fn seconds(at: Timestamp) -> Value {
    Value::Integer((at.millis() / 1000).into())
}

fn pairs(claims: &Claims) -> Vec<(i64, Value)> {
    let bytes = |id: uuid::Uuid| Value::Bytes(id.as_bytes().to_vec());
    let mut pairs = vec![
        (EXP, seconds(claims.until)),
        (NBF, seconds(claims.from)),
        (IAT, seconds(claims.issued)),
        (CTI, bytes(claims.id.0)),
        (KIND, Value::Integer(claims.kind.number().into())),
        (COMMUNITY, bytes(claims.community.0)),
        (LABEL, Value::Text(claims.label.clone())),
    ];
    if let Some(resident) = claims.resident {
        pairs.push((SUB, bytes(resident.0)));
    }
    pairs
}

/// Signs a pass.
pub fn sign(signing: &Signing, claims: &Claims) -> Result<String> {
    let map = pairs(claims)
        .into_iter()
        .map(|(key, value)| (Value::Integer(key.into()), value))
        .collect();
    let payload = Value::Map(map)
        .to_vec()
        .map_err(|e| Problem::internal(format!("a pass cannot be written: {e:?}")))?;
    let protected = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(signing.kid.clone())
        .build();
    let signed = CoseSign1Builder::new()
        .protected(protected)
        .payload(payload)
        .create_signature(&[], |message| signing.key.sign(message).to_bytes().to_vec())
        .build()
        .to_tagged_vec()
        .map_err(|e| Problem::internal(format!("a pass cannot be written: {e:?}")))?;
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut packed, &signed).map_err(Problem::internal)?;
    let packed = packed.finish().map_err(Problem::internal)?;
    Ok(format!("{PREFIX}{}", base45::encode(&packed)))
}

/// What a signed code says, when its signature fits a key of this name.
pub fn verify(
    code: &str,
    key: impl Fn(&[u8]) -> Option<VerifyingKey>,
) -> std::result::Result<Claims, Unreadable> {
    let code = code.trim();
    if code.len() > LONGEST {
        return Err(Unreadable::TooLong);
    }
    let packed = code
        .strip_prefix(PREFIX)
        .and_then(|text| base45::decode(text).ok())
        .ok_or(Unreadable::NotAPass)?;
    let mut signed = Vec::new();
    ZlibDecoder::new(packed.as_slice())
        .take(UNFOLDED + 1)
        .read_to_end(&mut signed)
        .map_err(|_| Unreadable::NotZlib)?;
    if signed.len() as u64 > UNFOLDED {
        return Err(Unreadable::TooLong);
    }
    let signed = CoseSign1::from_tagged_slice(&signed).map_err(|_| Unreadable::NotCose)?;
    let header = &signed.protected.header;
    // Only what is signed says how it is signed.
    if header.alg != Some(coset::Algorithm::Assigned(iana::Algorithm::EdDSA)) || header.key_id.is_empty() {
        return Err(Unreadable::NotCose);
    }
    let key = key(&header.key_id).ok_or(Unreadable::UnknownKey)?;
    signed
        .verify_signature(&[], |signature, message| {
            let signature = Signature::from_slice(signature)?;
            key.verify_strict(message, &signature)
        })
        .map_err(|_| Unreadable::WrongSignature)?;
    let payload = signed.payload.unwrap_or_default();
    let payload = Value::from_slice(&payload).map_err(|_| Unreadable::NotCwt)?;
    read(payload).ok_or(Unreadable::NotCwt)
}

fn read(payload: Value) -> Option<Claims> {
    let map = payload.into_map().ok()?;
    let find = |name: i64| {
        map.iter()
            .find(|(key, _)| *key == Value::Integer(name.into()))
            .map(|(_, value)| value)
    };
    let id = |name| uuid::Uuid::from_slice(find(name)?.as_bytes()?).ok();
    let number = |name| i64::try_from(find(name)?.as_integer()?).ok();
    let moment = |name| Some(Timestamp::from_millis(number(name)?.checked_mul(1000)?));
    let kind = number(KIND)?;
    Some(Claims {
        id: PassId(id(CTI)?),
        kind: PassKind::ALL.into_iter().find(|of| of.number() == kind)?,
        community: PlaceId(id(COMMUNITY)?),
        resident: id(SUB).map(ResidentId),
        label: find(LABEL)?.as_text()?.to_owned(),
        issued: moment(IAT)?,
        from: moment(NBF)?,
        until: moment(EXP)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claims() -> Claims {
        let id = |n| uuid::Uuid::from_u128(n);
        Claims {
            id: PassId(id(7)),
            kind: PassKind::Resident,
            community: PlaceId(id(8)),
            resident: Some(ResidentId(id(9))),
            label: "王**".into(),
            issued: Timestamp::from_millis(1_580_378_400_000),
            from: Timestamp::from_millis(1_580_378_400_000),
            until: Timestamp::from_millis(1_590_378_400_000),
        }
    }

    fn signing(secret: u8) -> Signing {
        Signing {
            kid: vec![1, 2, 3, 4, 5, 6, 7, 8],
            key: SigningKey::from_bytes(&[secret; 32]),
        }
    }

    fn check(code: &str, secret: u8) -> std::result::Result<Claims, Unreadable> {
        let own = signing(secret);
        verify(code, |kid| (kid == own.kid).then(|| own.key.verifying_key()))
    }

    #[test]
    fn what_is_signed_is_read_again() {
        for claims in [
            claims(),
            Claims {
                kind: PassKind::Vehicle,
                resident: None,
                label: "沪A12345".into(),
                ..claims()
            },
        ] {
            let code = sign(&signing(1), &claims).unwrap();
            assert!(code.len() < 350, "{} characters fit a small picture", code.len());
            assert_eq!(check(&code, 1), Ok(claims));
        }
    }

    #[test]
    fn no_way_through() {
        let code = sign(&signing(1), &claims()).unwrap();
        assert_eq!(check(&code, 2), Err(Unreadable::WrongSignature));
        assert_eq!(verify(&code, |_| None), Err(Unreadable::UnknownKey));
        assert_eq!(check("", 1), Err(Unreadable::NotAPass));
        assert_eq!(check("HC1:6BF+70790T9WJWG", 1), Err(Unreadable::NotAPass));
        assert_eq!(check(&"F".repeat(LONGEST + 1), 1), Err(Unreadable::TooLong));
        // A small code that unfolds to a large one.
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        std::io::Write::write_all(&mut packed, &vec![0; 400_000]).unwrap();
        let bomb = format!("{PREFIX}{}", base45::encode(packed.finish().unwrap()));
        assert!(bomb.len() < LONGEST, "{}", bomb.len());
        assert_eq!(check(&bomb, 1), Err(Unreadable::TooLong));
    }

    #[test]
    fn an_unsigned_header_chooses_nothing() {
        // The same content with the algorithm and key outside of what is signed.
        let unprotected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::EdDSA)
            .key_id(signing(1).kid)
            .build();
        let forged = CoseSign1Builder::new()
            .unprotected(unprotected)
            .payload(vec![0xa0])
            .create_signature(&[], |message| signing(1).key.sign(message).to_bytes().to_vec())
            .build()
            .to_tagged_vec()
            .unwrap();
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        std::io::Write::write_all(&mut packed, &forged).unwrap();
        let code = format!("{PREFIX}{}", base45::encode(packed.finish().unwrap()));
        assert_eq!(check(&code, 1), Err(Unreadable::NotCose));
    }

    /// The phone reads the same passes (`web/test/gate.test.ts`).
    #[test]
    fn the_pass_that_the_phone_is_tested_by() {
        let fixture: serde_json::Value = serde_json::from_str(include_str!("../../tests/pass.json")).unwrap();
        let code = fixture["code"].as_str().unwrap();
        assert_eq!(check(code, 1), Ok(claims()));
        let public: Vec<u8> = signing(1).key.verifying_key().to_bytes().to_vec();
        assert_eq!(fixture["public"], serde_json::json!(public));
    }

    proptest! {
        /// Whatever is changed in the bytes under the signature, the code is not believed as another pass.
        #[test]
        fn an_altered_pass_is_not_believed(at in 0_usize..200, bit in 0_u8..8) {
            let code = sign(&signing(1), &claims()).unwrap();
            let packed = base45::decode(code.strip_prefix(PREFIX).unwrap()).unwrap();
            let mut bytes = Vec::new();
            ZlibDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
            std::io::Write::write_all(&mut packed, &bytes).unwrap();
            let altered = format!("{PREFIX}{}", base45::encode(packed.finish().unwrap()));
            if let Ok(read) = check(&altered, 1) {
                prop_assert_eq!(read, claims(), "byte {}", at);
            }
        }

        #[test]
        fn rubbish_never_panics(text in "\\PC{0,200}") {
            prop_assert!(check(&text, 1).is_err());
            let coded = format!("FX1:{text}");
            prop_assert!(check(&coded, 1).is_err());
        }
    }
}
