// Answers questions, one JSON object a line, with the libraries of Digital Bazaar. Nothing is fetched: contexts and
// issuers' documents come with the first line.
import {createInterface} from 'node:readline';
import jsonld from 'jsonld';
import jsigs from 'jsonld-signatures';
import * as rdfCanonize from 'rdf-canonize';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';

let documents = {};

async function documentLoader(url) {
  if(!(url in documents)) {
    throw new Error(`not given: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: documents[url]};
}

// The issuer's list (1EdTech Open Badges 3.0, 1EdTechRevocationList), which is among the documents that were given.
async function checkStatus({credential}) {
  const {id, type} = credential.credentialStatus;
  const {document} = await documentLoader(id);
  const ended = document.revokedCredential?.some(revoked => revoked.id === credential.id);
  return {verified: type === '1EdTechRevocationList' && !ended};
}

const answers = {
  given: async ({given}) => {
    documents = given;
    return true;
  },
  canonize: async ({document}) => {
    const options = {documentLoader, rdfDirection: 'i18n-datatype', base: null, safe: true};
    const dataset = await jsonld.toRDF(document, {...options, produceGeneralizedRdf: false});
    return rdfCanonize.canonize(dataset, {algorithm: 'RDFC-1.0', format: 'application/n-quads'});
  },
  verify: async ({credential, now}) => {
    const suite = new DataIntegrityProof({cryptosuite});
    const found = await vc.verifyCredential({
      credential, suite, documentLoader, checkStatus, now: new Date(now),
    });
    return found.verified || String(found.error?.errors?.[0] ?? found.error);
  },
  issue: async ({credential, key, created}) => {
    const pair = await Ed25519Multikey.from(key);
    const suite = new DataIntegrityProof({signer: pair.signer(), cryptosuite, date: created});
    const purpose = new jsigs.purposes.AssertionProofPurpose();
    return jsigs.sign(credential, {suite, purpose, documentLoader});
  },
};

for await (const line of createInterface({input: process.stdin})) {
  const question = JSON.parse(line);
  try {
    console.log(JSON.stringify({answer: await answers[question.ask](question)}));
  } catch(error) {
    console.log(JSON.stringify({error: `${error.name}: ${error.message} ${error.details?.event?.code ?? ''}`}));
  }
}
