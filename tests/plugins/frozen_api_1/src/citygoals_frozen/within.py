"""An operator with both forms."""

from jsonlogic.json_schema.types import BooleanType

from citygoals import Operator


class Within(Operator, name="within", arity=3, exact=True):
    """Whether a number is within a distance of another: `[x, other, distance]`."""

    boolean = True
    total = True

    def row(self, c):
        number, other, distance = (c.number(argument) for argument in self.arguments)
        return lambda data: abs(number(data) - other(data)) <= distance(data)

    def column(self, c):
        number, other, distance = c.numbers(self.arguments)
        return (number - other).abs() <= distance

    def type_of(self, t):
        t.numbers(self)
        return BooleanType()
