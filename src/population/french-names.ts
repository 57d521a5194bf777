/**
 * Names for people who do not exist: surnames and given names usual in France, in about the order of their frequency, and
 * towns with their postal codes.
 */
type Names = readonly [string, ...string[]]

export const families: Names = [
  ...(['Martin', 'Bernard', 'Thomas', 'Petit', 'Robert', 'Richard', 'Durand', 'Dubois'] as const),
  ...['Moreau', 'Laurent', 'Simon', 'Michel', 'Lefebvre', 'Leroy', 'Roux', 'David', 'Bertrand', 'Morel'],
  ...['Fournier', 'Girard', 'Bonnet', 'Dupont', 'Lambert', 'Fontaine', 'Rousseau', 'Vincent', 'Muller'],
  ...['Lefèvre', 'Faure', 'André', 'Mercier', 'Blanc', 'Guérin', 'Boyer', 'Garnier', 'Chevalier'],
  ...['François', 'Legrand', 'Gauthier', 'Garcia', 'Perrin', 'Robin', 'Clément', 'Morin', 'Nicolas'],
  ...['Henry', 'Roussel', 'Mathieu', 'Gautier', 'Masson', 'Marchand', 'Duval', 'Denis', 'Dumont', 'Marie'],
  ...['Lemaire', 'Noël', 'Meyer', 'Dufour', 'Meunier', 'Brun', 'Blanchard', 'Giraud', 'Joly', 'Rivière'],
  ...['Lucas', 'Brunet', 'Gaillard', 'Barbier', 'Arnaud', 'Martinez', 'Gérard', 'Roche', 'Renard'],
  ...['Schmitt', 'Roy', 'Leroux', 'Colin', 'Vidal', 'Caron', 'Picard', 'Roger', 'Fabre', 'Aubert'],
  ...['Lemoine', 'Renaud', 'Dumas', 'Lacroix', 'Olivier', 'Philippe', 'Bourgeois', 'Pierre', 'Benoît'],
  ...['Rey', 'Leclerc', 'Payet', 'Rolland', 'Leclercq', 'Guillaume', 'Lecomte', 'Lopez', 'Jean', 'Dupuy'],
  ...['Guillot', 'Hubert', 'Berger', 'Carpentier', 'Sanchez', 'Dupuis', 'Moulin', 'Louis', 'Deschamps'],
  ...['Huet', 'Vasseur', 'Perez', 'Boucher', 'Fleury', 'Royer', 'Klein', 'Jacquet', 'Adam', 'Paris'],
  ...['Poirier', 'Marty', 'Aubry', 'Guyot', 'Carré', 'Charles', 'Renault', 'Charpentier', 'Ménard'],
  ...['Maillard', 'Baron', 'Bertin', 'Bailly', 'Hervé', 'Schneider', 'Fernandez', 'Le Gall', 'Collet'],
  ...['Léger', 'Bouvier', 'Julien', 'Prévost', 'Millet', 'Perrot', 'Daniel', 'Le Roux', 'Cousin'],
  ...['Germain', 'Breton', 'Besson', 'Langlois', 'Rémy', 'Le Goff', 'Pelletier', 'Lévêque', 'Perrier'],
  ...['Leblanc', 'Barré', 'Lebrun', 'Marchal', 'Weber', 'Mallet', 'Hamon', 'Boulanger', 'Jacob'],
  ...['Monnier', 'Michaud', 'Rodriguez', 'Guichard', 'Gillet', 'Étienne', 'Grondin', 'Poulain', 'Tessier'],
  ...['Chevallier', 'Collin', 'Chauvin', 'Da Silva', 'Bouchet', 'Gay', 'Lemaître', 'Bénard', 'Maréchal'],
  ...['Humbert', 'Reynaud', 'Antoine', 'Hoarau', 'Perret', 'Barthélemy', 'Cordier', 'Pichon', 'Lejeune'],
  ...['Gilbert', 'Lamy', 'Delaunay', 'Pasquier', 'Carlier', 'Laporte', 'Nguyen', 'Traoré', 'Benali'],
  ...['Haddad', 'Diallo', 'Ferreira', 'Kaya', 'Kowalski', 'Rakotomalala', "N'Diaye", "L'Hostis"],
]

export const givenNames: { readonly female: Names; readonly male: Names } = {
  female: [
    ...(['Marie', 'Nathalie', 'Isabelle', 'Sylvie', 'Catherine', 'Françoise', 'Martine'] as const),
    ...['Christine', 'Monique', 'Valérie', 'Sandrine', 'Véronique', 'Nicole', 'Stéphanie', 'Sophie', 'Anne'],
    ...['Céline', 'Chantal', 'Patricia', 'Brigitte', 'Julie', 'Aurélie', 'Laurence', 'Christelle', 'Émilie'],
    ...['Camille', 'Léa', 'Manon', 'Chloé', 'Emma', 'Inès', 'Jade', 'Louise', 'Zoé', 'Aïcha', 'Fatima'],
  ],
  male: [
    ...(['Jean', 'Philippe', 'Michel', 'Alain', 'Patrick', 'Nicolas', 'Christophe', 'Pierre'] as const),
    ...['Christian', 'Éric', 'Frédéric', 'Laurent', 'Stéphane', 'David', 'Pascal', 'Daniel', 'Julien'],
    ...['Thomas', 'Thierry', 'Olivier', 'Sébastien', 'Bernard', 'François', 'Alexandre', 'Dominique'],
    ...['Lucas', 'Hugo', 'Théo', 'Gabriel', 'Raphaël', 'Noé', 'Maël', 'Jean-Baptiste', 'Mohamed', 'Karim'],
  ],
}

export const towns: readonly [Town, ...Town[]] = [
  ['Paris', '75011'],
  ['Marseille', '13005'],
  ['Lyon', '69003'],
  ['Toulouse', '31000'],
  ['Nice', '06000'],
  ['Nantes', '44000'],
  ['Montpellier', '34000'],
  ['Strasbourg', '67000'],
  ['Bordeaux', '33000'],
  ['Lille', '59000'],
  ['Rennes', '35000'],
  ['Saint-Étienne', '42000'],
  ['Grenoble', '38000'],
  ['Dijon', '21000'],
  ['Angers', '49000'],
  ['Brest', '29200'],
  ['Limoges', '87000'],
  ['Ajaccio', '20000'],
  ['Saint-Denis', '97400'],
  ['Aurillac', '15000'],
]

type Town = readonly [name: string, postalCode: string]
