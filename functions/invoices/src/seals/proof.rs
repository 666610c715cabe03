//! `GET /invoices/{id}/proof`.

use kontor_rules::{
    Invoice,
    seal::{Hash, Leaf, Proof, Seal, merkle},
};
use kontor_sdk::{
    Json, Path, Problem, RetryAfter, log, row,
    sql::{self, Statement, Timestamp},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::list::{InvoiceId, NotThere, unknown_invoice};

/// Everything that it takes to check an invoice without Kontor.
#[derive(Serialize, ToSchema)]
pub struct InvoiceProof {
    /// What was frozen. The SHA-256 of its canonical JSON (RFC 8785) is the leaf's `body`.
    pub invoice: Invoice,
    /// Leaf, path and seal.
    #[serde(flatten)]
    pub proof: Proof,
    /// Ed25519 signature of the SHA-256 of the seal's canonical JSON; 128 hexadecimal digits.
    #[schema(min_length = 128, max_length = 128)]
    pub signature: String,
    /// The key that signed; 64 hexadecimal digits. Compare it with the one that the seller has published.
    #[schema(min_length = 64, max_length = 64)]
    pub public_key: String,
    /// The key's name: the first 16 digits of its SHA-256.
    #[schema(min_length = 16, max_length = 16)]
    pub key_id: String,
}

row! {
    /// What a leaf is made of.
    struct Registered {
        seller: String,
        series: String,
        period: String,
        sequence: i64,
        number: String,
        issued_at: Timestamp,
        balance_used: i64,
        body_hash: Vec<u8>,
        body: String,
    }
}

row! {
    /// A seal with the hashes of its leaves, and the run of it that an invoice may be in.
    struct Sealed {
        first: i64,
        last: i64,
        position: i64,
        sequence: i64,
        previous: Vec<u8>,
        root: Vec<u8>,
        size: i64,
        made_at: Timestamp,
        public_key: Vec<u8>,
        signature: Vec<u8>,
        hashes: Vec<u8>,
    }
}

/// Answers `getProof`.
pub fn get_proof(Path(asked): Path<InvoiceId>) -> Result<Json<InvoiceProof>, RetryAfter<NotThere>> {
    proof_of(&asked.id).map(Json).map_err(|problem| RetryAfter(1, NotThere(problem)))
}

fn proof_of(id: &str) -> Result<InvoiceProof, Problem> {
    let found = Statement::new(
        "SELECT r.seller, r.series, r.period, r.sequence, r.number, r.issued_at, r.balance_used, r.body_hash, p.body \
         FROM registrations r JOIN pending p ON p.id = r.id WHERE r.id = $1",
    );
    let registered = found.bind(id).first::<Registered>()?.ok_or_else(|| unknown_invoice(id))?;
    let sealed = sealed(&registered)?.ok_or_else(|| not_sealed_yet(id))?;
    prove(id, registered, sealed).ok_or_else(|| {
        log::error(&format!(
            "the proof of invoice {id} does not hold: what is stored was changed; run `kontor verify`"
        ));
        Problem::new(500, "function-failed", "The function failed")
    })
}

/// The last run that begins at the invoice or before it.
fn sealed(of: &Registered) -> Result<Option<Sealed>, sql::Error> {
    let found = Statement::new(
        "SELECT u.first, u.last, u.position, s.sequence, s.previous, s.root, s.size, s.made_at, s.public_key, s.signature, \
         l.hashes FROM seal_runs u JOIN seals s ON s.sequence = u.seal JOIN seal_leaves l ON l.sequence = u.seal \
         WHERE u.seller = $1 AND u.series = $2 AND u.period = $3 AND u.first <= $4 ORDER BY u.first DESC LIMIT 1",
    );
    let found = found.bind(&of.seller).bind(&of.series).bind(&of.period).bind(of.sequence).first::<Sealed>()?;
    Ok(found.filter(|run| of.sequence <= run.last))
}

/// Nobody shall be handed a proof that does not hold: none if what is stored gives no other.
fn prove(id: &str, of: Registered, sealed: Sealed) -> Option<InvoiceProof> {
    let index = usize::try_from(sealed.position.checked_add(of.sequence)?.checked_sub(sealed.first)?).ok()?;
    let (hashes, rest) = sealed.hashes.as_chunks::<32>();
    let leaves: Vec<Hash> = hashes.iter().copied().map(Hash).collect();
    let leaf = Leaf::Invoice {
        id: id.to_owned(),
        seller: of.seller,
        series: of.series,
        period: of.period,
        sequence: of.sequence,
        number: of.number,
        issued_at_us: of.issued_at.0,
        balance_used: of.balance_used,
        body: hash(of.body_hash)?,
    };
    let seal = Seal {
        sequence: sealed.sequence,
        previous: hash(sealed.previous)?,
        root: hash(sealed.root)?,
        size: sealed.size,
        made_at_us: sealed.made_at.0,
    };
    let path = merkle::inclusion_proof(&leaves, index).filter(|_| rest.is_empty())?;
    let proof = Proof { leaf, index: u64::try_from(index).ok()?, path, seal };
    let invoice = serde_json::from_str(&of.body).ok()?;
    let public_key = hash(sealed.public_key)?;
    let key_id = Hash::of(&public_key.0).to_string().get(..16)?.to_owned();
    let signature = sealed.signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let holds = proof.holds().unwrap_or(false);
    holds.then(|| InvoiceProof { invoice, proof, signature, public_key: public_key.to_string(), key_id })
}

fn hash(bytes: Vec<u8>) -> Option<Hash> {
    bytes.try_into().ok().map(Hash)
}

fn not_sealed_yet(id: &str) -> Problem {
    Problem::new(404, "not-sealed-yet", "The invoice is not sealed yet")
        .detail(format!("There is no seal over the invoice {id:?} yet."))
        .hint("A seal follows a registration by about a second: ask again. If it stays away, the operator has no signing key, or `/readyz` says why.")
}
