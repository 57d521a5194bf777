/** What is measured, found and written in a made-up life: codes of LOINC and ICD-10, units of UCUM, usual values. */
type Coded = readonly [code: string, display: string]

export const LOINC = 'http://loinc.org'
export const ICD_10 = 'http://hl7.org/fhir/sid/icd-10'
export const UCUM = 'http://unitsofmeasure.org'

export type Measure = {
  readonly code: Coded
  readonly category: 'vital-signs' | 'laboratory'
  readonly unit: string
  readonly mean: number
  readonly spread: number
  readonly decimals: number
}

const vital = (code: Coded, unit: string, mean: number, spread: number, decimals: number): Measure => ({
  code,
  category: 'vital-signs',
  unit,
  mean,
  spread,
  decimals,
})
const analysis = (code: Coded, unit: string, mean: number, spread: number, decimals: number): Measure => ({
  code,
  category: 'laboratory',
  unit,
  mean,
  spread,
  decimals,
})

/** The most frequent first. */
export const measures: readonly [Measure, ...Measure[]] = [
  vital(['8867-4', 'Fréquence cardiaque'], '/min', 74, 14, 0),
  vital(['29463-7', 'Poids corporel'], 'kg', 71, 16, 1),
  vital(['8310-5', 'Température corporelle'], 'Cel', 37, 0.7, 1),
  vital(['59408-5', 'Saturation en oxygène'], '%', 97, 2, 0),
  analysis(['2160-0', 'Créatinine'], 'umol/L', 82, 22, 0),
  analysis(['718-7', 'Hémoglobine'], 'g/dL', 13.8, 1.6, 1),
  analysis(['2339-0', 'Glucose'], 'g/L', 1.02, 0.25, 2),
  vital(['8302-2', 'Taille'], 'cm', 169, 10, 0),
  analysis(['6690-2', 'Leucocytes'], '10*9/L', 6.9, 2, 2),
  analysis(['777-3', 'Plaquettes'], '10*9/L', 255, 60, 0),
  analysis(['4548-4', 'Hémoglobine A1c'], '%', 6.1, 1.1, 1),
  analysis(['2093-3', 'Cholestérol total'], 'mmol/L', 5.1, 1, 2),
  analysis(['13457-7', 'Cholestérol LDL'], 'mmol/L', 3, 0.9, 2),
  analysis(['1988-5', 'Protéine C réactive'], 'mg/L', 6, 9, 1),
  vital(['9279-1', 'Fréquence respiratoire'], '/min', 16, 3, 0),
  analysis(['3016-3', 'TSH'], 'm[IU]/L', 2.1, 1.2, 2),
]

export const bloodPressure: { readonly whole: Coded; readonly systolic: Coded; readonly diastolic: Coded } = {
  whole: ['85354-9', 'Pression artérielle'],
  systolic: ['8480-6', 'Pression systolique'],
  diastolic: ['8462-4', 'Pression diastolique'],
}

/** The most frequent first. */
export const diagnoses: readonly [Coded, ...Coded[]] = [
  ['I10', 'Hypertension essentielle (primitive)'],
  ['J06.9', 'Infection aigüe des voies respiratoires supérieures, sans précision'],
  ['E78.0', 'Hypercholestérolémie essentielle'],
  ['M54.5', 'Lombalgie basse'],
  ['E11.9', 'Diabète sucré de type 2, sans complication'],
  ['F32.9', 'Épisode dépressif, sans précision'],
  ['J45.9', 'Asthme, sans précision'],
  ['K21.9', 'Reflux gastro-œsophagien sans œsophagite'],
  ['N39.0', 'Infection des voies urinaires, siège non précisé'],
  ['I48.9', 'Fibrillation et flutter auriculaires, sans précision'],
  ['M17.9', 'Gonarthrose, sans précision'],
  ['J44.9', 'Maladie pulmonaire obstructive chronique, sans précision'],
  ['I25.1', 'Cardiopathie artérioscléreuse'],
  ['G43.9', 'Migraine, sans précision'],
  ['E03.9', 'Hypothyroïdie, sans précision'],
  ['C50.9', 'Tumeur maligne du sein, sans précision'],
  ['N18.9', 'Maladie rénale chronique, sans précision'],
  ['G20', 'Maladie de Parkinson'],
]

/** The most frequent first. */
export const documentTypes: readonly [Coded, ...Coded[]] = [
  ['11502-2', "Compte rendu d'examens biologiques"],
  ['57833-6', 'Prescription de produits de santé'],
  ['18748-4', "Compte rendu d'imagerie médicale"],
  ['11488-4', 'Compte rendu de consultation'],
  ['11490-0', "Lettre de liaison à la sortie d'un établissement de soins"],
  ['60591-5', 'Synthèse médicale'],
  ['34112-3', 'Compte rendu hospitalier'],
  ['11504-8', 'Compte rendu opératoire'],
]

export const encounterClasses: readonly [Coded, ...Coded[]] = [
  ['AMB', 'ambulatory'],
  ['IMP', 'inpatient encounter'],
  ['EMER', 'emergency'],
]
