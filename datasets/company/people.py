"""Names, and the employees."""

import numpy as np
import pandas as pd

from company.world import END, NAT, Array, World, days, ids, money, pick

FIRST = (
    "Ada", "Adrian", "Agnes", "Aisha", "Albert", "Alina", "Amir", "Ana", "Andre", "Anton", "Astrid", "Bela", "Birgit",
    "Bruno", "Carla", "Carlos", "Cecile", "Chiara", "Clara", "Daan", "Dario", "David", "Deniz", "Edith", "Eleni",
    "Elias", "Emil", "Emma", "Enzo", "Erik", "Esther", "Eva", "Fatima", "Felix", "Filip", "Freya", "Gaia", "Georg",
    "Gita", "Hana", "Hans", "Hugo", "Ida", "Igor", "Ilse", "Imran", "Ingrid", "Iris", "Ivan", "Jan", "Jana", "Joao",
    "Johan", "Julia", "Kai", "Karim", "Karin", "Katja", "Klaus", "Lars", "Laura", "Leila", "Leo", "Liam", "Lidia",
    "Linh", "Lotte", "Luca", "Lukas", "Magda", "Maja", "Malik", "Maria", "Mario", "Marta", "Martin", "Mats", "Maya",
    "Mehmet", "Mia", "Milan", "Mina", "Nadia", "Nils", "Nina", "Noah", "Nora", "Olga", "Oscar", "Otto", "Paul",
    "Petra", "Pia", "Rafael", "Rita", "Robert", "Rosa", "Ruth", "Samir", "Sara", "Sofia", "Sonja", "Stefan", "Sven",
    "Tamar", "Teo", "Theo", "Tilda", "Uma", "Ursula", "Vera", "Viktor", "Wim", "Yara", "Yusuf", "Zoe",
)  # fmt: skip
LAST = (
    "Abel", "Adler", "Ahmadi", "Alves", "Andersen", "Arnaud", "Baker", "Barros", "Bauer", "Becker", "Bell", "Berg",
    "Bianchi", "Blom", "Boyd", "Brandt", "Brown", "Burke", "Carver", "Castro", "Cole", "Costa", "Dahl", "Demir",
    "Diaz", "Dubois", "Eriksen", "Esposito", "Falk", "Ferrari", "Fischer", "Fontana", "Forsberg", "Frank", "Garcia",
    "Gomes", "Graf", "Grant", "Haas", "Hahn", "Hansen", "Hart", "Haddad", "Hofer", "Holm", "Horvat", "Hughes",
    "Ibrahim", "Ilves", "Jansen", "Jensen", "Johansson", "Jones", "Kaya", "Keller", "Khan", "Klein", "Koch", "Kovac",
    "Kruger", "Lam", "Lang", "Larsen", "Laurent", "Lehmann", "Leroy", "Lind", "Lopez", "Lund", "Maier", "Marin",
    "Marsh", "Martens", "Mendes", "Meyer", "Molina", "Moreau", "Murphy", "Nagy", "Nguyen", "Nilsen", "Novak", "Olsen",
    "Ortega", "Pavlov", "Peeters", "Petrov", "Pohl", "Popescu", "Ramos", "Rasmussen", "Reed", "Ricci", "Rossi",
    "Roth", "Sahin", "Santos", "Sato", "Schmid", "Schulz", "Silva", "Simon", "Sorensen", "Stone", "Strand", "Suarez",
    "Svensson", "Tanaka", "Toth", "Vargas", "Vogel", "Wagner", "Walsh", "Weber", "White", "Wolf", "Yilmaz", "Young",
    "Zanetti", "Ziegler",
)  # fmt: skip
# The recurring people of README.md: name, role, department, region, manager, salary, hired.
CAST: tuple[tuple[str, str, str, str | None, str | None, int, str], ...] = (
    ("Ines Kestrel", "chief executive", "board", None, None, 168000, "2009-03-02"),
    ("(you)", "head of Plans", "plans", None, "E001", 112000, "2019-09-02"),
    ("Owen Marsh", "head of Sales", "sales", None, "E001", 104000, "2017-02-01"),
    ("Lena Brandt", "head of Service", "service", None, "E001", 98000, "2012-06-04"),
    ("Tom Adeyemi", "head of Finance", "finance", None, "E001", 109000, "2018-01-08"),
    ("Farid Nasser", "chief technology officer", "technology", None, "E001", 126000, "2021-05-03"),
    ("Mirela Vale", "head of Product", "product", None, "E001", 107000, "2016-10-03"),
    ("Sunniva Holt", "data scientist", "technology", None, "E006", 78000, "2023-08-14"),
    ("Greta Lindqvist", "head of North", "regions", "North", "E001", 96000, "2011-04-04"),
    ("Marco Pellegrini", "head of Coast", "regions", "Coast", "E001", 94000, "2014-03-03"),
    ("Aiko Tanabe", "head of Valley", "regions", "Valley", "E001", 95000, "2020-01-13"),
    ("Beatrix Okoro", "head of Legal", "legal", None, "E001", 101000, "2019-02-04"),
    ("Pavel Nowak", "operations analyst", "operations", None, "E004", 54000, "2015-11-02"),
    ("Rosa Delgado", "service engineer", "service", "Valley", "E004", 46500, "2010-09-06"),
)
# role, department, manager, people today, pay of a beginner, by region
POSTS: tuple[tuple[str, str, str, int, int, bool], ...] = (
    ("service engineer", "service", "E004", 11, 38500, True),
    ("service desk", "service", "E004", 17, 31500, False),
    ("dispatcher", "operations", "E004", 6, 34500, True),
    ("installer", "installation", "E001", 58, 37000, True),
    ("installation planner", "installation", "E001", 9, 41000, True),
    ("seller", "sales", "E003", 20, 36000, True),
    ("marketing", "sales", "E003", 5, 42000, False),
    ("accountant", "finance", "E005", 9, 43000, False),
    ("developer", "technology", "E006", 8, 58000, False),
    ("system administrator", "technology", "E006", 4, 47000, False),
    ("product manager", "product", "E007", 3, 59000, False),
    ("retention", "plans", "E002", 6, 35500, False),
    ("plans administrator", "plans", "E002", 4, 34500, False),
    ("paralegal", "legal", "E012", 1, 47000, False),
    ("buyer", "operations", "E005", 4, 43500, False),
)


def names(rng: np.random.Generator, count: int) -> Array:
    """`count` invented names; a few with a second given name or a double surname."""
    first, last = pick(rng, FIRST, count), pick(rng, LAST, count)
    second, double = rng.random(count) < 0.05, rng.random(count) < 0.04
    more_first, more_last = pick(rng, FIRST, count), pick(rng, LAST, count)
    return np.array(
        [
            f"{a} {c}. {b}" if s else f"{a} {b}-{d}" if t else f"{a} {b}"
            for a, b, c, d, s, t in zip(first, last, [x[0] for x in more_first], more_last, second, double, strict=True)
        ],
        dtype=object,
    )


def phones(rng: np.random.Generator, count: int) -> Array:
    """Invented numbers (0155 5...), written the four ways in which people write them."""
    digits = rng.integers(0, 10, (count, 6))
    style = rng.choice(4, count, p=[0.6, 0.2, 0.12, 0.08])
    result = []
    for row, way in zip(digits, style, strict=True):
        d = "".join(str(x) for x in row)
        result.append((f"0155 5{d}", f"01555 {d[:3]} {d[3:]}", f"0155-5{d}", f"01555{d}")[way])
    return np.array(result, dtype=object)


def employees(world: World) -> pd.DataFrame:
    """Contracts: the cast first, then 166 people of today and some who have left."""
    rng = world.rng("employees")
    roles, departments, managers, base, regional = [], [], [], [], []
    left: list[bool] = []
    for role, department, manager, count, pay, by_region in POSTS:
        gone = rng.poisson(count * 0.19)
        for index in range(count + gone):
            roles.append(role)
            departments.append(department)
            managers.append(manager)
            base.append(pay)
            regional.append(by_region)
            left.append(index >= count)
    count = len(roles)
    gone_now = np.array(left)
    tenure = rng.gamma(1.6, 1300, count) + 40
    hired = days(END - np.minimum(tenure, 6200).astype(int).astype("timedelta64[D]"))
    left_on = np.full(count, NAT)
    away = rng.integers(1, 700, count)
    left_on[gone_now] = (END - away.astype("timedelta64[D]"))[gone_now]
    hired = np.where(gone_now, left_on - (rng.gamma(1.5, 700, count) + 90).astype(int).astype("timedelta64[D]"), hired)
    hired = np.busday_offset(hired.astype("datetime64[M]").astype("datetime64[D]"), 0, roll="forward")
    years = (END - hired).astype(int) / 365.25
    salary = np.array(base) * (1 + 0.017 * np.minimum(years, 16)) * np.exp(rng.normal(0, 0.05, count))
    order = np.argsort(hired, kind="stable")
    people = pd.DataFrame(
        {
            "name": names(rng, count),
            "role": roles,
            "department": departments,
            "region": np.where(regional, pick(rng, ("North", "Coast", "Valley"), count, (38, 33, 29)), None),
            "manager_id": managers,
            "hired_on": hired,
            "left_on": left_on,
            "salary_eur": money(np.round(salary / 100) * 100),
        }
    ).iloc[order]
    cast = pd.DataFrame(CAST, columns=["name", "role", "department", "region", "manager_id", "salary_eur", "hired_on"])
    cast["hired_on"] = days(cast["hired_on"].to_numpy(dtype=str))
    cast["left_on"] = np.full(len(cast), NAT)
    chair = cast.iloc[[0]].assign(
        name="Henrik Sand", role="chair of the board", region=None, manager_id=None, salary_eur=48000.0
    )
    every = pd.concat([cast, chair, people], ignore_index=True)
    every["salary_eur"] = every["salary_eur"].astype(float)
    every["employee_id"] = ids("E", len(every), 3)
    mail = [name.lower().replace("(you)", "plans").replace(". ", ".").replace(" ", ".") for name in every["name"]]
    every["email"] = [f"{name}@kestrelvale.example" for name in mail]
    for region in ("North", "Coast", "Valley"):
        short = (every["role"] == "service engineer") & every["left_on"].isna()
        if (short & (every["region"] == region)).sum() < 2:
            every.loc[every.index[short & (every["region"] != region)][-2:], "region"] = region
    return every


def staff(world: World, role: str, region: str | None = None) -> Array:
    """employee_ids of those who hold the role today, in one region if named."""
    table = world.get("employees")
    wanted = (table["role"] == role) & table["left_on"].isna()
    if region is not None:
        wanted &= table["region"] == region
    found = table.loc[wanted, "employee_id"].to_numpy(dtype=object)
    return found if len(found) else staff(world, role)


def on_duty(world: World, role: str, dates: Array, luck: Array, region: str | None = None) -> Array:
    """For each date one who held the role by then; `luck` in 0..1 chooses, and leans to the longer-serving."""
    people = staff(world, role, region)
    hired = days(world.get("employees").set_index("employee_id").loc[people, "hired_on"])
    order = np.argsort(hired, kind="stable")
    ready = np.maximum(np.searchsorted(hired[order], dates, side="right"), 1)
    return people[order][(luck**1.15 * ready).astype(int)]
