# Writes sample bets of an agency, one CSV line each, as an agency's file has them: the same bytes on
# every machine and from every awk (mawk, gawk, busybox), with names as they are in Argentina.
#
#   LC_ALL=C awk -v agency=3 -v bets=16000 -f scripts/sample_bets.awk >agency-3.csv
#
# agency: its id, 0 to 2147483647 (default 1); bets: how many (default: by agency, about as many as a
# real one has).

# The minimal standard generator of Park and Miller; rand() would be different in every awk. All of it
# stays below 2^53, so that doubles hold it exactly. The operator % is the same, but slower.
function next_below(n) {
  state *= 16807
  state -= int(state / 2147483647) * 2147483647
  return state - int(state / n) * n
}

function is_whole(text) { return text ~ /^[0-9]+$/ }

function default_bets(id,    counts) {
  split("26936 25518 16014 9238 991", counts, " ")
  if (id in counts) return counts[id]
  return 1000 + (id * 7919) % 26000
}

BEGIN {
  if (agency == "") agency = 1
  if (!is_whole(agency) || !is_whole(bets "0")) {
    print "sample_bets.awk: agency and bets are whole numbers" | "cat >&2"
    exit 1
  }
  agency += 0
  bets = (bets == "" ? default_bets(agency) : bets) + 0

  given_count = split("Agustín|Alejandro|Ana|Ángel|Antonella|Begoña|Bautista|Belén|Benjamín|" \
    "Brian|Camila|Candela|Carla|Carlos|Catalina|Celeste|Cristian|Daniela|David|Delfina|Diego|" \
    "Emanuel|Emilia|Eugenia|Ezequiel|Facundo|Federico|Florencia|Franco|Gabriel|Gastón|Gonzalo|" \
    "Guadalupe|Hernán|Ignacio|Inés|Iñaki|Ivana|Jazmín|Jesús|Joaquín|Jorge|José|Juan|Juana|" \
    "Julián|Julieta|Karina|Lautaro|Leandro|Leonel|Lionel|Lourdes|Lucas|Lucía|Luján|Luz|" \
    "Magalí|Malena|María|Martín|Mateo|Matías|Micaela|Milagros|Nahuel|Natalia|Nicolás|Noelia|" \
    "Óscar|Paula|Pilar|Ramón|Renata|Rocío|Rodrigo|Romina|Santiago|Sebastián|Sofía|Soledad|" \
    "Thiago|Tomás|Úrsula|Valentín|Valentina|Victoria|Virginia|Ximena|Yamila|Zoe", given, "|")

  last_count = split("Abadía|Acosta|Agüero|Álvarez|Arredondo|Avellaneda|Báez|Benítez|Bianchi|" \
    "Bustos|Cabañas|Cáceres|Castro|Córdoba|Coria|D'Agostino|D'Alessandro|D'Amico|D'Angelo|" \
    "D'Elia|D'Onofrio|Da Silva|De la Cruz|De la Fuente|De León|De Luca|Dell'Oca|Di María|" \
    "Di Stéfano|Díaz|Domínguez|Duarte|Echagüe|Escudero|Etcheverry|Fazzi|Fernández|Ferreyra|" \
    "Figueroa|Fontana|Gallo|Giménez|Giordano|Gómez|González|Güemes|Gutiérrez|Hernández|" \
    "Hoffmann|Huarte|Ibáñez|Iriarte|Juárez|Krüger|Lagos|Ledesma|Leguizamón|López|Lorca|" \
    "Luna|Mamani|Mancuso|Marín|Martínez|Medina|Mejía|Méndez|Molina|Morales|Moreno|Moyano|" \
    "Muñoz|Ñáñez|Ñancupil|Núñez|O'Connor|O'Higgins|Ojeda|Ordóñez|Ortiz|Páez|Paz|Pavón|" \
    "Peña|Pérez|Quiñones|Quiroga|Quispe|Ramírez|Rivadavia|Rodríguez|Rojas|Romero|Rotman|" \
    "Saavedra|Salazar|San Martín|Sánchez|Sosa|Suárez|Toledo|Torres|Urquiza|Varela|Vega|" \
    "Velázquez|Villalba|Yáñez|Zambrano|Zárate", last, "|")

  split("31 28 31 30 31 30 31 31 30 31 30 31", days_of_month, " ")
  for (i = 1; i <= 31; i++) two_digits[i] = (i < 10 ? "0" : "") i

  # Agencies begin far apart, and never at 0, where the generator would stay.
  state = (agency * 69621) % 2147483646 + 1
  for (i = 0; i < 8; i++) next_below(1)

  for (bet = 0; bet < bets; bet++) {
    name = 1 + next_below(given_count)
    first_name = given[name]
    if (next_below(5) < 3) {
      name += 1 + next_below(given_count - 1)  # any other
      first_name = first_name " " given[name > given_count ? name - given_count : name]
    }
    last_name = last[1 + next_below(last_count)]
    document = 10000000 + next_below(40000000)
    year = 1930 + next_below(76)
    month = 1 + next_below(12)
    days = days_of_month[month] + (month == 2 && year % 4 == 0)
    day = 1 + next_below(days)
    print first_name "," last_name "," document "," \
      year "-" two_digits[month] "-" two_digits[day] "," next_below(10000)
  }
}
