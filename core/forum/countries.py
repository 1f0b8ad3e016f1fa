"""Countries of areas: codes that are none, and ids that do not say their country."""

from __future__ import annotations


def no_country(code: str) -> tuple[str, str] | None:
    """What is wrong with a code that is no country's, and the mend."""
    import pycountry

    if pycountry.countries.get(alpha_2=code) is not None:
        return None
    return f"{code!r} is no country of ISO 3166", "write its two-letter code, such as KR"


def misnamed(area: str, country: str) -> tuple[str, str] | None:
    """What is wrong with an area's id that does not start with its country, and the mend."""
    if area.partition("-")[0] == country:
        return None
    message = f"area {area!r} is in {country!r} but its id does not start so"
    return message, f"name it {country} or {country}-…"
