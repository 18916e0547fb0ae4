using CallCenter.Teams;

namespace CallCenter.Tests.Teams;

public class CommonPasswordsTests
{
    [Theory]
    [InlineData("contraseña123")]
    [InlineData("Contraseña2024!")]
    [InlineData("passwordpassword")]
    [InlineData("P4ssw0rd!2024")]
    [InlineData("p@$$w0rd12345")]
    [InlineData("qwertyuiop123")]
    [InlineData("1qaz2wsx3edc4rfv")]
    [InlineData("abcdefghijkl")]
    [InlineData("1234567890123")]
    [InlineData("19840512198405")]
    [InlineData("abcabcabcabcabc")]
    [InlineData("iloveyou-2023")]
    [InlineData("Real-Madrid-2024")]
    [InlineData("administrador01")]
    [InlineData("callcenter2025")]
    [InlineData("ana.gomez.2024")]
    [InlineData("GómezAna12345")]
    [InlineData("tallercentral1")]
    public void What_is_tried_first_is_refused(string password) => Assert.True(CommonPasswords.Holds(password, "ana.gomez@tallercentral.example Ana Gómez"));

    [Theory]
    [InlineData("un caballo correcto")]
    [InlineData("otra frase bien larga")]
    [InlineData("mi perro azul come queso")]
    [InlineData("correct horse battery staple")]
    [InlineData("7fK2-pQ9x-Lm4T")]
    [InlineData("¿¡€%&/()=?*+")]
    [InlineData("пароль совсем другой")]
    public void A_sentence_of_ones_own_passes(string password) => Assert.False(CommonPasswords.Holds(password, "ana.gomez@tallercentral.example Ana Gómez"));

    [Fact]
    public async Task Nobody_gets_a_password_that_is_tried_first()
    {
        await using var house = await House.Open();
        var refusal = await Assert.ThrowsAsync<Refusal>(() => house.Users.Add(new NewPerson("eva@example.com", "Eva", [Role.Operator]), "contraseña123", Authority.Console));
        Assert.Equal("user.password-common", refusal.Code);

        var eva = await house.Users.Add(new NewPerson("eva@example.com", "Eva Montero", [Role.Operator]), "un caballo correcto", Authority.Console);
        refusal = await Assert.ThrowsAsync<Refusal>(() => house.Users.ChangePassword(eva.Id, "evamontero123", Authority.Console));
        Assert.Equal("user.password-common", refusal.Code);
    }
}
